-- Take back what vocabularies linked and named in the touched papers before; of papers that were loaded anew, nothing.
DELETE FROM main.entities WHERE linked_from IS NOT NULL AND paper_id IN (FROM touched);
UPDATE main.entities SET name = NULL, named_by = NULL WHERE named_by IS NOT NULL AND paper_id IN (FROM touched);
