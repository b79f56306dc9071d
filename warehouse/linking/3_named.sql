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
    AND curie IN (SELECT curie FROM mentions WHERE name IS NULL UNION ALL SELECT curie FROM linked WHERE name IS NULL)
GROUP BY curie;
UPDATE main.entities AS entity
SET name = named.name, named_by = named.named_by
FROM (
    SELECT mentions.row, names.name, names.named_by FROM mentions JOIN names USING (curie) WHERE mentions.name IS NULL
) AS named
WHERE entity.rowid = named.row;
INSERT INTO main.entities BY NAME
SELECT
    linked.* EXCLUDE (name, named_by),
    coalesce(linked.name, names.name) AS name,
    CASE WHEN linked.name IS NULL THEN names.named_by ELSE linked.named_by END AS named_by
FROM linked
LEFT JOIN names USING (curie);
