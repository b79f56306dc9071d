-- The crosswalk of the touched papers: their own ids, and those that their sources claim for them.
DELETE FROM main.paper_ids WHERE paper_id IN (FROM touched);
INSERT INTO main.paper_ids BY NAME
SELECT DISTINCT scheme, value, paper_id
FROM (
    UNPIVOT (
        SELECT paper_id, pmcid, pmid, doi FROM main.papers SEMI JOIN touched USING (paper_id)
        UNION ALL
        SELECT paper_id, pmcid, pmid, doi FROM main.paper_sources SEMI JOIN touched USING (paper_id)
    )
    ON pmcid, pmid, doi INTO NAME scheme VALUE value
);
INSERT INTO stirred_ids SELECT scheme, value FROM main.paper_ids SEMI JOIN touched USING (paper_id);
