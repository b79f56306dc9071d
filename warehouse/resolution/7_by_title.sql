-- What the titles of the other candidates mean: the one paper of that title, published in the year of the reference or
-- one beside it, unless the list has the title twice, or an id of the reference says that it is another work.
CREATE OR REPLACE TEMP TABLE sought AS
SELECT paper_id, position, title_key, year FROM new_title_keys
WHERE position IS NOT NULL
UNION ALL
SELECT paper_id, position, title_key, year
FROM ops.title_keys
SEMI JOIN (FROM candidates WHERE NOT is_listed) AS others USING (paper_id, position);
CREATE OR REPLACE TEMP TABLE titled AS
WITH left_over AS MATERIALIZED (
    FROM sought ANTI JOIN resolved_by_id USING (paper_id, position)
), known AS MATERIALIZED (
    SELECT title_key, any_value(paper_id) AS cited_paper_id, any_value(year) AS published
    FROM ops.title_keys
    WHERE position IS NULL AND title_key IN (SELECT title_key FROM left_over)
    GROUP BY title_key
    HAVING count(*) = 1
)
SELECT paper_id, position, title_key, cited_paper_id
FROM left_over
JOIN known USING (title_key)
WHERE abs(year - published) <= 1 AND cited_paper_id <> paper_id;
CREATE OR REPLACE TEMP TABLE resolved_by_title AS
WITH twice AS (
    SELECT paper_id, title_key
    FROM ops.title_keys
    SEMI JOIN titled USING (paper_id, title_key)
    WHERE position IS NOT NULL
    GROUP BY paper_id, title_key
    HAVING count(*) > 1
), known AS MATERIALIZED (
    SELECT paper_id AS cited_paper_id, scheme, value
    FROM main.paper_ids
    WHERE paper_id IN (SELECT cited_paper_id FROM titled)
), contradicted AS (
    SELECT titled.paper_id, titled.position
    FROM titled
    JOIN wanted_ids USING (paper_id, position)
    JOIN known USING (cited_paper_id, scheme)
    GROUP BY titled.paper_id, titled.position, scheme
    HAVING NOT bool_or(known.value = wanted_ids.value)
)
SELECT paper_id, position, cited_paper_id, 'title' AS resolved_by
FROM titled
ANTI JOIN twice USING (paper_id, title_key)
ANTI JOIN contradicted USING (paper_id, position);
