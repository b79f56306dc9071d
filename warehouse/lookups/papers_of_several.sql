-- The papers of which several witnesses tell.
SELECT paper_id FROM main.paper_sources GROUP BY paper_id HAVING count(*) > 1 ORDER BY paper_id;
