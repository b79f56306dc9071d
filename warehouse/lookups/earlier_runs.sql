-- The run of each topic before these runs.
SELECT topic, status, started_at, fetched, loaded, unchanged, rejected
FROM ops.runs
WHERE topic IN (SELECT topic FROM ops.runs WHERE run_id IN (SELECT unnest($run_ids)))
    AND run_id NOT IN (SELECT unnest($run_ids))
QUALIFY row_number() OVER (PARTITION BY topic ORDER BY started_at DESC) = 1;
