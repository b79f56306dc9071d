-- What stands between blanks in the papers of a part, and how often: four times in a title, twice in an abstract.
CREATE OR REPLACE TEMP TABLE pieces AS
WITH described AS MATERIALIZED (
    SELECT paper_id, title, abstract
    FROM main.papers
    WHERE rowid IN (SELECT found.rowid FROM main.papers AS found SEMI JOIN part USING (paper_id))
),
told AS (
    SELECT paper_id, heading, text
    FROM main.sections
    WHERE rowid IN (SELECT found.rowid FROM main.sections AS found SEMI JOIN part USING (paper_id))
),
texts AS (
    SELECT number, 4 AS weight, title AS text FROM part JOIN described USING (paper_id)
    UNION ALL
    SELECT number, 2, abstract FROM part JOIN described USING (paper_id)
    UNION ALL
    SELECT number, 1, concat_ws(' ', heading, text) FROM part JOIN told USING (paper_id) WHERE full_text
)
SELECT number, piece, sum(weight)::INTEGER AS times
FROM (SELECT number, weight, unnest(string_split(text, ' ')) AS piece FROM texts)
GROUP BY number, piece;
