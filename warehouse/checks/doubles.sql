-- Touched papers that stand more than once.
SELECT paper_id, count(*) AS rows FROM main.papers SEMI JOIN touched USING (paper_id) GROUP BY paper_id HAVING count(*) > 1;
