-- What stands between blanks in the papers of a part, and how often: four times in a title, twice in an abstract.
CREATE OR REPLACE TEMP TABLE pieces AS
WITH texts AS (
    SELECT number, 4 AS weight, title AS text FROM part JOIN main.papers USING (paper_id)
    UNION ALL
    SELECT number, 2, abstract FROM part JOIN main.papers USING (paper_id)
    UNION ALL
    SELECT number, 1, concat_ws(' ', heading, text) FROM part JOIN main.sections USING (paper_id) WHERE full_text
)
SELECT number, piece, sum(weight)::INTEGER AS times
FROM (SELECT number, weight, unnest(string_split(text, ' ')) AS piece FROM texts)
GROUP BY number, piece;
