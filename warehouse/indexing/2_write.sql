-- These papers in the index. A paper without words is in it, too: nothing of it is left to look for.
INSERT INTO search.postings BY NAME SELECT * FROM new_postings;
INSERT INTO search.lengths BY NAME
SELECT
    paper_id,
    coalesce(sum(in_title), 0)::INTEGER AS title_words,
    coalesce(sum(in_abstract), 0)::INTEGER AS abstract_words,
    coalesce(sum(in_text), 0)::INTEGER AS text_words
FROM (SELECT paper_id FROM main.papers SEMI JOIN unindexed USING (paper_id))
LEFT JOIN new_postings USING (paper_id)
GROUP BY paper_id;
DROP TABLE new_postings;
