-- The reference lists under a name that needs no quotes: references is a reserved word.
CREATE OR REPLACE VIEW main.paper_references AS
SELECT * FROM main.references;
