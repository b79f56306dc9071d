-- The hashes of all other documents.
SELECT DISTINCT sha256 FROM ops.documents ANTI JOIN unused USING (document_id);
