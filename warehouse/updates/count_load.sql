-- Enter in ops.loads what a load wrote: the frames new_*, in its own transaction, once their references are resolved;
-- replaced holds the papers that were there before, and ops.arrivals those that came. A load that wrote no papers leaves
-- no row.
INSERT INTO ops.loads BY NAME
WITH arrived AS (
    SELECT paper_id FROM ops.arrivals ANTI JOIN replaced USING (paper_id) WHERE run_id = $run_id
)
SELECT
    $run_id AS run_id,
    now() AS loaded_at,
    count(*) AS papers,
    count(*) FILTER (is_new) AS new_papers,
    (SELECT count(*) FROM new_authors) AS authors,
    (SELECT count(*) FROM new_entities) AS entities,
    (SELECT count(*) FROM new_references) AS reference_rows,
    (SELECT count(*) FROM new_sections) AS sections,
    count(doi) AS with_doi,
    count(abstract) AS with_abstract,
    count(*) FILTER (has_full_text) AS with_full_text,
    count(*) FILTER (paper_id IN (SELECT paper_id FROM new_entities)) AS with_entities,
    (SELECT count(cited_paper_id) FROM main.references SEMI JOIN new_papers USING (paper_id)) AS references_resolved
FROM (SELECT *, paper_id IN (SELECT paper_id FROM arrived) AS is_new FROM new_papers)
HAVING count(*) > 0;
