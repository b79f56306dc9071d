-- How far each incremental topic has come.
SELECT topic, source, high_water, updated_at FROM ops.watermarks ORDER BY topic;
