-- What could not be had, and when it is tried again.
SELECT topic, source, source_id, attempts, next_attempt_at, reason FROM ops.retries ORDER BY next_attempt_at, source_id;
