-- The stored claims that a load begins with: those it replaces (table incoming: source, own_id), and all of the papers
-- named.
CREATE OR REPLACE TEMP TABLE related AS
FROM main.paper_sources
WHERE (source, own_id) IN (SELECT (source, own_id) FROM incoming) OR paper_id IN (SELECT unnest($papers));
