-- In how many papers of a year each concept is found, in any scope, by any source.
CREATE OR REPLACE VIEW main.entity_prevalence AS
WITH found AS (
    SELECT
        year(published) AS year,
        curie,
        min(entity_type) AS entity_type,
        coalesce(min(name), min(label)) AS name,
        count(DISTINCT paper_id) AS papers
    FROM main.entities
    JOIN main.papers USING (paper_id)
    WHERE curie IS NOT NULL AND published IS NOT NULL
    GROUP BY year(published), curie
),
years AS (
    SELECT year(published) AS year, count(*) AS papers_of_year
    FROM main.papers
    WHERE paper_id IN (SELECT paper_id FROM main.entities) AND published IS NOT NULL
    GROUP BY year(published)
)
SELECT year, entity_type, curie, name, papers, papers_of_year, papers / papers_of_year AS share
FROM found
JOIN years USING (year);

COMMENT ON COLUMN main.entity_prevalence.year IS 'Year of publication';
COMMENT ON COLUMN main.entity_prevalence.entity_type IS 'Type of the concept, as in entities';
COMMENT ON COLUMN main.entity_prevalence.name IS 'Preferred name of the concept, else one of the labels';
COMMENT ON COLUMN main.entity_prevalence.papers IS 'Papers of that year with the concept';
COMMENT ON COLUMN main.entity_prevalence.papers_of_year IS 'Papers of that year of which any entities are known';
COMMENT ON COLUMN main.entity_prevalence.share IS 'papers / papers_of_year';
