-- Take the unused documents out of the book, but for those whose bytes an interrupted walk remembers.
DELETE FROM ops.documents
WHERE document_id IN (SELECT document_id FROM unused WHERE sha256 NOT IN (SELECT unnest($remembered)));
