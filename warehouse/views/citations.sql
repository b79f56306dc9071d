-- Who cites whom within the warehouse: one row a citing and a cited paper.
CREATE OR REPLACE VIEW main.citations AS
SELECT paper_id, cited_paper_id, min(position) AS position, count(*) AS times_listed
FROM main.references
WHERE cited_paper_id IS NOT NULL AND cited_paper_id <> paper_id
GROUP BY paper_id, cited_paper_id;

COMMENT ON COLUMN main.citations.position IS 'Place in the citing paper''s list; the first, where it is listed twice';
COMMENT ON COLUMN main.citations.times_listed IS 'References of the citing paper that resolve to the cited one';
