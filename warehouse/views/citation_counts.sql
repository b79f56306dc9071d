-- How often each paper is cited by papers of the warehouse, and how many of its own references are here.
CREATE OR REPLACE VIEW main.citation_counts AS
WITH citing AS (
    SELECT cited_paper_id AS paper_id, count(DISTINCT paper_id) AS cited_by_papers
    FROM main.references
    WHERE cited_paper_id <> paper_id
    GROUP BY cited_paper_id
),
cited AS (
    SELECT paper_id, count(*) AS listed_references, count(cited_paper_id) AS resolved_references
    FROM main.references
    GROUP BY paper_id
)
SELECT
    paper_id,
    title,
    published,
    coalesce(cited_by_papers, 0) AS cited_by_papers,
    cited_by_count,
    coalesce(listed_references, 0) AS listed_references,
    coalesce(resolved_references, 0) AS resolved_references
FROM main.papers
LEFT JOIN citing USING (paper_id)
LEFT JOIN cited USING (paper_id);

COMMENT ON COLUMN main.citation_counts.cited_by_papers IS 'Papers of this warehouse that cite it, itself left out';
COMMENT ON COLUMN main.citation_counts.listed_references IS 'References in its list';
COMMENT ON COLUMN main.citation_counts.resolved_references IS 'Those of them that are papers of this warehouse';
