-- Enter in ops.loads what a load wrote: the frames new_*, in its own transaction, once their references are resolved;
-- replaced holds the papers that were there before. A load that wrote no papers leaves no row.
INSERT INTO ops.loads BY NAME
SELECT
    $run_id AS run_id,
    now() AS loaded_at,
    count(*) AS papers,
    count(*) FILTER (is_new) AS new_papers,
    coalesce(list(paper_id ORDER BY paper_id) FILTER (is_new)[1:$most], []) AS new_paper_ids,
    (SELECT count(*) FROM new_authors) AS authors,
    (SELECT count(*) FROM new_entities) AS entities,
    (SELECT count(*) FROM new_references) AS reference_rows,
    (SELECT count(*) FROM new_sections) AS sections,
    count(doi) AS with_doi,
    count(abstract) AS with_abstract,
    count(*) FILTER (has_full_text) AS with_full_text,
    count(*) FILTER (paper_id IN (SELECT paper_id FROM new_entities)) AS with_entities,
    (SELECT count(cited_paper_id) FROM main.references SEMI JOIN new_papers USING (paper_id)) AS references_resolved
FROM (SELECT *, paper_id NOT IN (SELECT paper_id FROM replaced) AS is_new FROM new_papers)
HAVING count(*) > 0;
