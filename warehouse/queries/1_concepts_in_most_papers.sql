-- Which diseases, genes and species are found in the most papers, and under which names?
SELECT entity_type, curie, count(DISTINCT paper_id) AS papers, list(DISTINCT label ORDER BY label) AS labels
FROM entities
WHERE curie IS NOT NULL
GROUP BY entity_type, curie
ORDER BY papers DESC, curie
LIMIT 5;
