-- When each of these topics last fetched a paper; where it never did, when it was first run.
SELECT topic, coalesce(max(started_at) FILTER (fetched > 0), min(started_at)) AS last_given
FROM ops.runs
WHERE topic IN (SELECT unnest($topics))
GROUP BY topic;
