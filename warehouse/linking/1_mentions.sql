-- The concepts that sources found in the touched papers, looked up once; row is where they stand. What vocabularies
-- linked and named in them before is taken back; of papers that were loaded anew, that is nothing.
CREATE OR REPLACE TEMP TABLE mentions AS
SELECT rowid AS row, *
FROM main.entities
WHERE rowid IN (SELECT found.rowid FROM main.entities AS found SEMI JOIN touched USING (paper_id));
DELETE FROM main.entities WHERE rowid IN (SELECT row FROM mentions WHERE linked_from IS NOT NULL);
DELETE FROM mentions WHERE linked_from IS NOT NULL;
UPDATE main.entities SET name = NULL, named_by = NULL
WHERE rowid IN (SELECT row FROM mentions WHERE named_by IS NOT NULL);
UPDATE mentions SET name = NULL, named_by = NULL WHERE named_by IS NOT NULL;
