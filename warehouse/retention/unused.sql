-- The landed documents that nothing refers to (table referred: all keys and hashes that rows name) and that are older than
-- so many days: no retry either, and not the newest from an address on disk, by which a file is known.
CREATE OR REPLACE TEMP TABLE unused AS
SELECT document_id, sha256
FROM ops.documents
WHERE fetched_at < now() - to_days($days::INTEGER)
    AND document_id NOT IN (SELECT name FROM referred)
    AND sha256 NOT IN (SELECT name FROM referred)
    AND (source, source_id) NOT IN (SELECT (source, source_id) FROM ops.retries)
    AND document_id NOT IN (
        SELECT arg_max(document_id, fetched_at) FROM ops.documents
        WHERE source IN (SELECT unnest($files))
        GROUP BY source, url
    );
