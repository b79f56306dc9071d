-- Touched papers that cannot be traced to the document they came from.
WITH told AS MATERIALIZED (
    SELECT paper_id, content_hash, document_id FROM main.paper_sources SEMI JOIN touched USING (paper_id)
), landed AS MATERIALIZED (
    SELECT document_id FROM ops.documents WHERE document_id IN (SELECT document_id FROM told)
)
SELECT paper_id, source, content_hash FROM main.papers SEMI JOIN touched USING (paper_id)
ANTI JOIN (FROM told SEMI JOIN landed USING (document_id)) USING (paper_id, content_hash);
