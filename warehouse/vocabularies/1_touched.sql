-- The papers whose links or names change with a vocabulary (table new_mappings: its rows as they are now): those with a
-- concept that is linked otherwise, or named otherwise, than by the rows that are loaded.
CREATE OR REPLACE TEMP TABLE turned_concepts AS
WITH loaded AS (
    FROM main.concept_mappings WHERE vocabulary IN (SELECT vocabulary FROM new_mappings)
), differing AS (
    (FROM loaded EXCEPT FROM new_mappings) UNION ALL (FROM new_mappings EXCEPT FROM loaded)
)
SELECT curie FROM differing UNION SELECT linked_from FROM differing;
CREATE OR REPLACE TEMP TABLE touched AS
SELECT DISTINCT paper_id FROM main.entities WHERE curie IN (FROM turned_concepts);
