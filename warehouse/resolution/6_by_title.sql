-- What the titles of the other candidates mean: the one paper of that title, published in the year of the reference or
-- one beside it, unless the list has the title twice, or an id of the reference says that it is another work.
CREATE OR REPLACE TEMP TABLE titled AS
WITH sought AS (
    SELECT title_keys.*
    FROM ops.title_keys
    SEMI JOIN candidates USING (paper_id, position)
    ANTI JOIN resolved_by_id USING (paper_id, position)
), known AS (
    SELECT title_key, any_value(paper_id) AS cited_paper_id, any_value(year) AS published
    FROM ops.title_keys
    WHERE position IS NULL AND title_key IN (SELECT title_key FROM sought)
    GROUP BY title_key
    HAVING count(*) = 1
)
SELECT paper_id, position, title_key, cited_paper_id
FROM sought
JOIN known USING (title_key)
WHERE abs(year - published) <= 1 AND cited_paper_id <> paper_id;
CREATE OR REPLACE TEMP TABLE resolved_by_title AS
WITH twice AS (
    SELECT paper_id, title_key
    FROM ops.title_keys
    WHERE position IS NOT NULL AND (paper_id, title_key) IN (SELECT (paper_id, title_key) FROM titled)
    GROUP BY paper_id, title_key
    HAVING count(*) > 1
), contradicted AS (
    SELECT titled.paper_id, titled.position
    FROM titled
    JOIN wanted_ids USING (paper_id, position)
    JOIN main.paper_ids AS known ON known.paper_id = titled.cited_paper_id AND known.scheme = wanted_ids.scheme
    GROUP BY titled.paper_id, titled.position, known.scheme
    HAVING NOT bool_or(known.value = wanted_ids.value)
)
SELECT paper_id, position, cited_paper_id, 'title' AS resolved_by
FROM titled
ANTI JOIN twice USING (paper_id, title_key)
ANTI JOIN contradicted USING (paper_id, position);
