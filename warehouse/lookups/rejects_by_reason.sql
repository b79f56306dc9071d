-- What is in quarantine, by table, column and check, the most frequent first; of these runs only, where any are given.
SELECT table_name, column_name, "check", count(*) AS rows, any_value(source_id) AS example, any_value(value) AS value
FROM ops.rejects
WHERE len($run_ids) = 0 OR run_id IN (SELECT unnest($run_ids))
GROUP BY ALL
ORDER BY rows DESC, table_name, column_name, "check";
