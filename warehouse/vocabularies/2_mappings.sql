-- The rows of a vocabulary (table new_mappings) in place of those that are loaded.
DELETE FROM main.concept_mappings WHERE vocabulary IN (SELECT vocabulary FROM new_mappings);
INSERT INTO main.concept_mappings BY NAME SELECT * FROM new_mappings;
