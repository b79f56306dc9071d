-- Touched papers that cannot be traced to the document they came from.
SELECT paper_id, source, content_hash FROM main.papers SEMI JOIN touched USING (paper_id)
ANTI JOIN (SELECT paper_id, content_hash FROM main.paper_sources SEMI JOIN ops.documents USING (document_id))
    USING (paper_id, content_hash);
