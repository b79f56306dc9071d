-- The last run of each topic.
SELECT topic, status, started_at, finished_at, fetched, loaded, unchanged, rejected, error, run_id
FROM ops.runs
QUALIFY row_number() OVER (PARTITION BY topic ORDER BY started_at DESC) = 1
ORDER BY topic;
