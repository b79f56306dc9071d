-- Which of these papers are there.
SELECT paper_id FROM main.papers WHERE paper_id IN (SELECT unnest($papers)) ORDER BY paper_id;
