-- What do the newest papers say, in one line each?
SELECT published, paper_id, left(coalesce(tldr, abstract, title), 80) AS in_short
FROM papers
WHERE published IS NOT NULL
ORDER BY published DESC, paper_id
LIMIT 5;
