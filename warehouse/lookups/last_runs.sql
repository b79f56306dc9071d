-- The last run of each topic in each flow.
SELECT topic, status, started_at, finished_at, fetched, loaded, unchanged, rejected, error, flow, run_id
FROM ops.runs
QUALIFY row_number() OVER (PARTITION BY topic, flow ORDER BY started_at DESC) = 1
ORDER BY topic, flow;
