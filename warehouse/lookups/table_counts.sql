-- How many rows each table holds.
SELECT 'papers' AS table_name, count(*) AS rows FROM main.papers
UNION ALL SELECT 'authors', count(*) FROM main.authors
UNION ALL SELECT 'entities', count(*) FROM main.entities
UNION ALL SELECT 'references', count(*) FROM main.references
UNION ALL SELECT 'sections', count(*) FROM main.sections;
