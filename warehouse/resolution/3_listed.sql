-- The references of the touched papers, looked up once; row is where they stand.
CREATE OR REPLACE TEMP TABLE listed AS
SELECT
    listed.rowid AS row, paper_id, position, title, year, pmcid, pmid, doi, cited_paper_id, resolved_by
FROM main.references AS listed SEMI JOIN touched USING (paper_id);
