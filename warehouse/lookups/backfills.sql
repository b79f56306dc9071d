-- How far each backfill is, and how long what is left will take at the pace of what is done.
WITH sums AS (
    SELECT topic, query,
        count(finished_at) AS windows_done,
        count(*) - count(finished_at) AS windows_left,
        min(first_day) FILTER (finished_at IS NOT NULL) AS back_to,
        coalesce(sum(fetched), 0)::BIGINT AS papers,
        coalesce(sum(expected) FILTER (finished_at IS NULL), 0)::BIGINT AS papers_left,
        sum(epoch(finished_at) - epoch(started_at)) AS seconds
    FROM ops.backfills
    GROUP BY topic, query
)
SELECT * EXCLUDE (seconds),
    (3600 * papers / nullif(seconds, 0))::BIGINT AS papers_an_hour,
    round(papers_left * seconds / nullif(papers, 0) / 3600, 2) AS hours_left
FROM sums
ORDER BY topic, query;
