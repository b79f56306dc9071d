-- The words of some papers (table unindexed: paper_id), and how often each stands in title, abstract and full text.
-- Words are told apart in two steps, since each distinct piece between blanks need be looked into only once.
CREATE OR REPLACE TEMP TABLE new_postings AS
WITH texts AS (
    SELECT paper_id, 1 AS field, title AS text FROM main.papers SEMI JOIN unindexed USING (paper_id)
    UNION ALL
    SELECT paper_id, 2, abstract FROM main.papers SEMI JOIN unindexed USING (paper_id)
    UNION ALL
    SELECT paper_id, 3, concat_ws(' ', heading, text) FROM main.sections SEMI JOIN unindexed USING (paper_id)
    WHERE $full_text
),
pieces AS (
    SELECT paper_id, field, piece, count(*) AS times
    FROM (SELECT paper_id, field, unnest(string_split(text, ' ')) AS piece FROM texts)
    GROUP BY ALL
),
words AS (
    SELECT piece, unnest(main.folded_words(piece)) AS term FROM (SELECT DISTINCT piece FROM pieces)
)
SELECT
    term,
    paper_id,
    coalesce(sum(times) FILTER (field = 1), 0)::INTEGER AS in_title,
    coalesce(sum(times) FILTER (field = 2), 0)::INTEGER AS in_abstract,
    coalesce(sum(times) FILTER (field = 3), 0)::INTEGER AS in_text
FROM pieces
JOIN words USING (piece)
WHERE length(term) <= 40
GROUP BY term, paper_id
ORDER BY term, paper_id;
