-- The topics that the warehouse knows, with the source and the number of the papers that they brought.
SELECT topic, split_part(source, ':', 1) AS source, count(DISTINCT paper_id) AS papers
FROM main.paper_topics
WHERE source NOT IN ('pubtator')
GROUP BY ALL
ORDER BY topic, papers DESC;
