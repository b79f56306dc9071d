-- The stored claims that are of the same paper as one that was found, or share an id with it or with an incoming one.
INSERT INTO related
WITH linked AS (
    SELECT pmcid, pmid, doi FROM related UNION ALL SELECT pmcid, pmid, doi FROM incoming
)
SELECT stored.*
FROM main.paper_sources AS stored
ANTI JOIN related USING (source, own_id)
WHERE stored.paper_id IN (SELECT paper_id FROM related)
    OR stored.pmcid IN (SELECT pmcid FROM linked WHERE pmcid IS NOT NULL)
    OR stored.pmid IN (SELECT pmid FROM linked WHERE pmid IS NOT NULL)
    OR stored.doi IN (SELECT doi FROM linked WHERE doi IS NOT NULL);
