-- Which papers of this warehouse are cited by other papers of it?
SELECT cited.paper_id, left(cited.title, 60) AS title, cited.published, count(DISTINCT refs.paper_id) AS cited_by
FROM papers AS cited
JOIN paper_references AS refs ON refs.cited_paper_id = cited.paper_id
WHERE refs.paper_id <> cited.paper_id
GROUP BY ALL
ORDER BY cited_by DESC, cited.paper_id
LIMIT 5;
