-- The references that may resolve otherwise than before: those of touched papers, those that resolve to one, and those
-- that share an id or a title with one, as it is or was.
CREATE OR REPLACE TEMP TABLE titled_alike AS
SELECT paper_id, position
FROM ops.title_keys
WHERE position IS NOT NULL AND title_key IN (FROM stirred_titles);
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT paper_id, position, pmcid, pmid, doi, cited_paper_id, resolved_by
FROM main.references
WHERE paper_id IN (FROM touched)
    OR cited_paper_id IN (FROM touched)
    OR pmcid IN (SELECT value FROM stirred_ids WHERE scheme = 'pmcid')
    OR pmid IN (SELECT value FROM stirred_ids WHERE scheme = 'pmid')
    OR doi IN (SELECT value FROM stirred_ids WHERE scheme = 'doi')
    OR (paper_id, position) IN (FROM titled_alike);
