-- Concepts found in the same papers as a concept: entity_pairs('MESH:D009362').
-- support is the share of all papers with entities that have both, confidence the share of those with the first that
-- have the other, lift how much more often the two meet than by chance (1 is chance; Agrawal 1993, Brin 1997).
CREATE OR REPLACE MACRO main.entity_pairs(concept) AS TABLE
WITH having_it AS (
    SELECT DISTINCT paper_id FROM main.entities WHERE curie = concept
),
pairs AS (
    SELECT
        curie,
        min(entity_type) AS entity_type,
        coalesce(min(name), min(label)) AS name,
        count(DISTINCT paper_id) AS papers_with_both
    FROM main.entities
    SEMI JOIN having_it USING (paper_id)
    WHERE curie <> concept
    GROUP BY curie
),
counts AS (
    SELECT curie, count(DISTINCT paper_id) AS papers
    FROM main.entities
    WHERE curie IS NOT NULL
    GROUP BY curie
),
collection AS (
    SELECT count(DISTINCT paper_id) AS papers, (SELECT count(*) FROM having_it) AS papers_having_it FROM main.entities
)
SELECT
    curie,
    entity_type,
    name,
    counts.papers,
    papers_with_both,
    papers_with_both / collection.papers AS support,
    papers_with_both / papers_having_it AS confidence,
    papers_with_both * collection.papers / counts.papers / papers_having_it AS lift
FROM pairs
JOIN counts USING (curie)
CROSS JOIN collection
ORDER BY papers_with_both DESC, lift DESC, curie;
