-- Papers written on each of the last days (UTC): new ones, and others that changed.
SELECT
    loaded_at::DATE AS day,
    sum(new_papers)::BIGINT AS new_papers,
    sum(papers - new_papers)::BIGINT AS changed_papers
FROM ops.loads
WHERE loaded_at >= current_date - $days::INTEGER + 1
GROUP BY day
ORDER BY day;
