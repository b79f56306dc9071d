-- The entries of the list that this batch settles, one way or the other.
CREATE OR REPLACE TEMP TABLE taken_off AS
FROM ops.retries
WHERE topic = $topic
    AND (source_id IN (SELECT unnest($retried)) OR (source, source_id) IN (SELECT (source, source_id) FROM failed));
