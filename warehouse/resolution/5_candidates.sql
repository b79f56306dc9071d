-- The references that may resolve otherwise than before: those of touched papers, and those that share an id or a title
-- with one, as it is or was, among which are all that resolve to one. A join a column: an OR would look at every row.
CREATE OR REPLACE TEMP TABLE alike AS
SELECT rowid AS row FROM main.references WHERE pmcid IN (SELECT value FROM stirred_ids WHERE scheme = 'pmcid')
UNION
SELECT rowid FROM main.references WHERE pmid IN (SELECT value FROM stirred_ids WHERE scheme = 'pmid')
UNION
SELECT rowid FROM main.references WHERE doi IN (SELECT value FROM stirred_ids WHERE scheme = 'doi')
UNION
SELECT titled.rowid
FROM main.references AS titled
SEMI JOIN (
    SELECT paper_id, position
    FROM ops.title_keys
    WHERE title_key IN (FROM stirred_titles) AND position IS NOT NULL
) AS titled_alike USING (paper_id, position);
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT row, paper_id, position, pmcid, pmid, doi, cited_paper_id, resolved_by, true AS is_listed FROM listed
UNION ALL
SELECT rowid, paper_id, position, pmcid, pmid, doi, cited_paper_id, resolved_by, false
FROM main.references
WHERE rowid IN (SELECT row FROM alike ANTI JOIN listed USING (row));
