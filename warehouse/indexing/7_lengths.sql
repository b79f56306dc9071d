-- Its papers in the index; one without words, too, so that nothing of it is left to look for.
INSERT INTO search.lengths BY NAME
SELECT paper_id, number, coalesce(sum(times), 0)::INTEGER AS words
FROM part
LEFT JOIN counted USING (number)
GROUP BY paper_id, number;
