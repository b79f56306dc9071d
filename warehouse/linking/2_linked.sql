-- Link the concepts that sources found in the touched papers to those that vocabularies say are the same: one row a
-- paper, source and concept, labelled as it is mentioned most; none where the source links it itself.
CREATE OR REPLACE TEMP TABLE linked AS
WITH mappings AS (
    SELECT linked_from, curie, min_by(name, vocabulary) AS name, min(vocabulary) AS named_by
    FROM main.concept_mappings
    GROUP BY linked_from, curie
), mentioned AS (
    SELECT
        paper_id, entity_type, label, mappings.curie, source, mappings.name, mappings.named_by,
        min(mappings.linked_from) AS linked_from,
        sum(mention_count) AS mention_count
    FROM mentions
    JOIN mappings ON mappings.linked_from = mentions.curie
    GROUP BY ALL
)
SELECT
    paper_id,
    'linked' AS scope,
    entity_type,
    first(label ORDER BY mention_count DESC NULLS LAST, label) AS label,
    curie,
    min(name) AS name,
    sum(mention_count)::INTEGER AS mention_count,
    source,
    min(linked_from) AS linked_from,
    CASE WHEN min(name) IS NOT NULL THEN min(named_by) END AS named_by
FROM mentioned
ANTI JOIN (FROM mentions WHERE scope = 'linked') AS itself USING (paper_id, curie, source)
GROUP BY paper_id, entity_type, curie, source;
