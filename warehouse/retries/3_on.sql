-- Put what failed on the list; each failure doubles the wait, from an hour to a week.
INSERT INTO ops.retries
SELECT $topic, failed.source, failed.source_id, coalesce(taken_off.attempts, 0) + 1,
    now() + to_hours(least(2 ** coalesce(taken_off.attempts, 0), 168)::BIGINT), failed.reason
FROM (SELECT source, source_id, any_value(reason) AS reason FROM failed GROUP BY ALL) AS failed
LEFT JOIN taken_off USING (source, source_id);
