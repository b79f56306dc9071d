-- Papers that lack something: abstract, full text, references or entities.
CREATE OR REPLACE VIEW main.gaps AS
SELECT
    paper_id,
    title,
    source,
    is_open_access,
    abstract IS NOT NULL AS has_abstract,
    has_full_text,
    referring.paper_id IS NOT NULL AS has_references,
    described.paper_id IS NOT NULL AS has_entities
FROM main.papers AS papers
LEFT JOIN (SELECT DISTINCT paper_id FROM main.references) AS referring USING (paper_id)
LEFT JOIN (SELECT DISTINCT paper_id FROM main.entities) AS described USING (paper_id)
WHERE abstract IS NULL OR NOT has_full_text OR referring.paper_id IS NULL OR described.paper_id IS NULL;

COMMENT ON COLUMN main.gaps.has_abstract IS 'Whether it has an abstract';
COMMENT ON COLUMN main.gaps.has_references IS 'Whether its references are known';
COMMENT ON COLUMN main.gaps.has_entities IS 'Whether any entities of it are known';
