-- The papers of a batch (table incoming: paper_id, source, own_id, url) that a file at another address gave in the
-- same flow run, with that address; in a replay, which looks for no files, those that any other one gave.
SELECT incoming.paper_id, documents.url
FROM incoming
JOIN main.paper_sources AS earlier USING (source, own_id)
JOIN ops.documents ON documents.document_id = earlier.document_id
JOIN ops.runs ON runs.run_id = documents.run_id
WHERE documents.url <> incoming.url AND ($replay OR runs.flow_run_id = $flow_run_id);
