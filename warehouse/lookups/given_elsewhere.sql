-- The papers of a batch (table incoming: paper_id, source, own_id, url) that a file at another address gave in the
-- same flow run, with that address; in a replay, which looks for no files, those that any other one gave.
WITH earlier AS MATERIALIZED (
    SELECT source, own_id, document_id FROM main.paper_sources SEMI JOIN incoming USING (source, own_id)
), landed AS MATERIALIZED (
    SELECT document_id, url, run_id FROM ops.documents WHERE document_id IN (SELECT document_id FROM earlier)
)
SELECT incoming.paper_id, landed.url
FROM incoming
JOIN earlier USING (source, own_id)
JOIN landed ON landed.document_id = earlier.document_id
JOIN ops.runs ON runs.run_id = landed.run_id
WHERE landed.url <> incoming.url AND ($replay OR runs.flow_run_id = $flow_run_id);
