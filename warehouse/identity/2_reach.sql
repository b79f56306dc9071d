-- The stored claims that are of the same paper as one that was found, or share an id with it or with an incoming one.
-- A join a column: an OR would look at every row.
INSERT INTO related
WITH linked AS MATERIALIZED (
    SELECT pmcid, pmid, doi FROM related UNION ALL SELECT pmcid, pmid, doi FROM incoming
), alike AS (
    SELECT rowid AS row FROM main.paper_sources WHERE paper_id IN (SELECT paper_id FROM related)
    UNION
    SELECT rowid FROM main.paper_sources WHERE pmcid IN (SELECT pmcid FROM linked WHERE pmcid IS NOT NULL)
    UNION
    SELECT rowid FROM main.paper_sources WHERE pmid IN (SELECT pmid FROM linked WHERE pmid IS NOT NULL)
    UNION
    SELECT rowid FROM main.paper_sources WHERE doi IN (SELECT doi FROM linked WHERE doi IS NOT NULL)
)
SELECT stored.*
FROM (FROM main.paper_sources WHERE rowid IN (SELECT row FROM alike)) AS stored
ANTI JOIN related USING (source, own_id);
