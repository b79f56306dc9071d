-- What each of these runs wrote, by topic.
SELECT
    topic,
    sum(papers)::BIGINT AS papers,
    sum(new_papers)::BIGINT AS new_papers,
    sum(authors)::BIGINT AS authors,
    sum(entities)::BIGINT AS entities,
    sum(reference_rows)::BIGINT AS "references",
    sum(sections)::BIGINT AS sections
FROM ops.loads
JOIN ops.runs USING (run_id)
WHERE run_id IN (SELECT unnest($run_ids))
GROUP BY topic
ORDER BY topic;
