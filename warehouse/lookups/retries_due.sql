-- The papers of a topic of which something could not be had and may be tried again now.
SELECT DISTINCT source_id FROM ops.retries WHERE topic = $topic AND next_attempt_at <= now() ORDER BY source_id;
