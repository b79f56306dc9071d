-- The crosswalk of the touched papers: their own ids, and those that their sources claim for them.
CREATE OR REPLACE TEMP TABLE new_ids AS
SELECT DISTINCT scheme, value, paper_id
FROM (
    UNPIVOT (
        SELECT paper_id, pmcid, pmid, doi FROM main.papers SEMI JOIN touched USING (paper_id)
        UNION ALL
        SELECT paper_id, pmcid, pmid, doi FROM main.paper_sources SEMI JOIN touched USING (paper_id)
    )
    ON pmcid, pmid, doi INTO NAME scheme VALUE value
);
DELETE FROM main.paper_ids WHERE paper_id IN (FROM replaced);
INSERT INTO main.paper_ids BY NAME SELECT * FROM new_ids;
INSERT INTO stirred_ids SELECT scheme, value FROM new_ids;
