-- Name the concepts of the touched papers that no source names, where a vocabulary does.
CREATE OR REPLACE TEMP TABLE names AS
WITH named AS (
    SELECT curie, name, vocabulary FROM main.concept_mappings
    UNION ALL
    SELECT linked_from, linked_from_name, vocabulary FROM main.concept_mappings
)
SELECT curie, min_by(name, (vocabulary, name)) AS name, min_by(vocabulary, (vocabulary, name)) AS named_by
FROM named
WHERE name IS NOT NULL
    AND curie IN (SELECT curie FROM main.entities SEMI JOIN touched USING (paper_id) WHERE name IS NULL)
GROUP BY curie;
UPDATE main.entities AS entity
SET name = names.name, named_by = names.named_by
FROM names
WHERE entity.curie = names.curie AND entity.name IS NULL AND entity.paper_id IN (FROM touched);
