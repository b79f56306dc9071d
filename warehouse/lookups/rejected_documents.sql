-- The landed documents that have something in quarantine.
SELECT * FROM ops.documents WHERE document_id IN (SELECT document_id FROM ops.rejects) ORDER BY source, url;
