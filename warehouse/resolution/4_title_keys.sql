-- The title keys of the touched papers, and of their references: a hash of a title's letters and digits, in lower case
-- and without accents. A title of fewer than four words or 24 letters and digits has none: too many works have it.
CREATE OR REPLACE TEMP TABLE title_words AS
SELECT
    paper_id, position, year,
    trim(regexp_replace(lower(strip_accents(title)), '[^\p{L}\p{N}]+', ' ', 'g')) AS words
FROM (
    SELECT paper_id, NULL::INTEGER AS position, title, year(published) AS year
    FROM main.papers
    WHERE rowid IN (SELECT found.rowid FROM main.papers AS found SEMI JOIN touched USING (paper_id))
    UNION ALL
    SELECT paper_id, position, title, year FROM listed
)
WHERE title IS NOT NULL;
CREATE OR REPLACE TEMP TABLE new_title_keys AS
SELECT paper_id, position, md5_number_lower(replace(words, ' ', '')) AS title_key, year
FROM title_words
WHERE len(string_split(words, ' ')) >= 4 AND length(replace(words, ' ', '')) >= 24;
DELETE FROM ops.title_keys WHERE paper_id IN (FROM replaced);
INSERT INTO ops.title_keys BY NAME SELECT * FROM new_title_keys;
INSERT INTO stirred_titles SELECT title_key FROM new_title_keys WHERE position IS NULL;
