-- Touched papers whose positions do not count 1, 2, 3 without gaps and doubles.
SELECT 'authors' AS table_name, paper_id FROM main.authors SEMI JOIN touched USING (paper_id)
GROUP BY paper_id HAVING max(position) <> count(*) OR count(DISTINCT position) <> count(*) OR min(position) <> 1
UNION ALL
SELECT 'references', paper_id FROM main.references SEMI JOIN touched USING (paper_id)
GROUP BY paper_id HAVING max(position) <> count(*) OR count(DISTINCT position) <> count(*) OR min(position) <> 1
UNION ALL
SELECT 'sections', paper_id FROM main.sections SEMI JOIN touched USING (paper_id)
GROUP BY paper_id HAVING max(position) <> count(*) OR count(DISTINCT position) <> count(*) OR min(position) <> 1;
