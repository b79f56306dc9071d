-- The windows of the backfill of a topic by its query, the newest first.
SELECT first_day, last_day, expected, finished_at
FROM ops.backfills
WHERE topic = $topic AND query = $query
ORDER BY last_day DESC, first_day DESC;
