-- A paper with its rows in every table, in their order; of entities, those that sources gave, in the order in which
-- they were loaded.
SELECT
    paper,
    (SELECT list(author ORDER BY author.position) FROM main.authors AS author WHERE author.paper_id = $paper_id)
        AS authors,
    (SELECT list(entity ORDER BY entity.rowid) FROM main.entities AS entity WHERE entity.paper_id = $paper_id
        AND entity.linked_from IS NULL)
        AS entities,
    (SELECT list(cited ORDER BY cited.position) FROM main.references AS cited WHERE cited.paper_id = $paper_id)
        AS references,
    (SELECT list(section ORDER BY section.position) FROM main.sections AS section WHERE section.paper_id = $paper_id)
        AS sections
FROM main.papers AS paper
WHERE paper.paper_id = $paper_id;
