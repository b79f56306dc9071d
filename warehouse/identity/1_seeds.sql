-- The stored claims that a load begins with: those it replaces (table incoming: source, own_id), and all of the papers
-- named.
CREATE OR REPLACE TEMP TABLE related AS
SELECT stored.* FROM main.paper_sources AS stored SEMI JOIN incoming USING (source, own_id)
UNION
FROM main.paper_sources WHERE paper_id IN (SELECT unnest($papers));
