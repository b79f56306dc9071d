-- The title keys of the touched papers, and of their references.
DELETE FROM ops.title_keys WHERE paper_id IN (FROM touched);
INSERT INTO ops.title_keys BY NAME
FROM (
    SELECT paper_id, NULL AS position, title_key(title) AS title_key, year(published) AS year
    FROM main.papers SEMI JOIN touched USING (paper_id)
    UNION ALL
    SELECT paper_id, position, title_key(title), year FROM main.references SEMI JOIN touched USING (paper_id)
)
WHERE title_key IS NOT NULL;
INSERT INTO stirred_titles
SELECT title_key FROM ops.title_keys SEMI JOIN touched USING (paper_id) WHERE position IS NULL;
