-- Touched papers that stand more than once, and claims of one source that do.
WITH told AS MATERIALIZED (
    SELECT DISTINCT source, own_id FROM main.paper_sources SEMI JOIN touched USING (paper_id)
)
SELECT 'papers' AS table_name, paper_id, count(*) AS rows FROM main.papers SEMI JOIN touched USING (paper_id)
GROUP BY paper_id HAVING count(*) > 1
UNION ALL
SELECT 'paper_sources', any_value(paper_id), count(*)
FROM main.paper_sources SEMI JOIN told USING (source, own_id)
GROUP BY source, own_id HAVING count(*) > 1;
