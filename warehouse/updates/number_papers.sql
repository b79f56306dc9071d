-- The papers of the temporary table wanted that are there, each with the number that it gets in the index, and the part
-- of the work that it belongs to: about $characters of text.
CREATE OR REPLACE TEMP TABLE numbered AS
WITH texts AS (
    SELECT paper_id, strlen(concat(title, abstract)) AS size
    FROM main.papers
    WHERE rowid IN (SELECT found.rowid FROM main.papers AS found SEMI JOIN wanted USING (paper_id))
    UNION ALL
    SELECT paper_id, strlen(text)
    FROM main.sections
    WHERE rowid IN (SELECT found.rowid FROM main.sections AS found SEMI JOIN wanted USING (paper_id)) AND $full_text
),
sizes AS (
    SELECT paper_id, coalesce(sum(size), 0) AS size FROM texts GROUP BY paper_id
)
SELECT
    paper_id,
    ($given + row_number() OVER (ORDER BY paper_id))::INTEGER AS number,
    (sum(size) OVER (ORDER BY paper_id) // $characters)::INTEGER AS part,
    $full_text::BOOLEAN AS full_text
FROM sizes;
