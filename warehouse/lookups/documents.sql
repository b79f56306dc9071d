-- Landed documents, by their keys.
SELECT * FROM ops.documents WHERE document_id IN (SELECT unnest($document_ids)) ORDER BY document_id;
