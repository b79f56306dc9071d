-- The references of the touched papers, looked up once; row is where they stand. First their places, then the rows: a scan
-- for papers would read all columns of all rows.
CREATE OR REPLACE TEMP TABLE listed AS
SELECT rowid AS row, paper_id, position, title, year, pmcid, pmid, doi, cited_paper_id, resolved_by
FROM main.references
WHERE rowid IN (SELECT listed.rowid FROM main.references AS listed SEMI JOIN touched USING (paper_id));
