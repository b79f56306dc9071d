-- Papers that hold any of these words in title, abstract or full text, the best first: search('liver metastases').
-- The rank is BM25F with a title's word counting 4, an abstract's 2, the text's 1 (Robertson and Zaragoza 2009, "The
-- Probabilistic Relevance Framework", k1 = 1.2, b = 0.75); terms are the words found; found_by is bm25. Papers out of
-- the index (warehouse.search: off) are found where title and abstract contain all the words as they stand: their
-- found_by is contains, their score 0. It is plain SQL and needs no extension.
CREATE OR REPLACE MACRO main.search(query) AS TABLE
WITH asked AS (
    SELECT DISTINCT unnest(main.folded_words(query)) AS term
),
collection AS (
    SELECT count(*) AS papers, avg(words) AS mean_words FROM search.lengths
),
found_in AS (
    SELECT term, unnest(numbers) AS number, unnest(times) AS times
    FROM search.postings
    JOIN (SELECT term, md5_number_lower(term) AS word FROM asked) USING (word)
),
hits AS (
    SELECT term, paper_id, times, words, count(*) OVER (PARTITION BY term) AS papers
    FROM found_in
    JOIN search.lengths USING (number)
),
ranked AS (
    SELECT
        paper_id,
        sum(
            ln(1 + (collection.papers - hits.papers + 0.5) / (hits.papers + 0.5))
            * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * words / mean_words))
        ) AS score,
        list(term) AS terms
    FROM hits
    CROSS JOIN collection
    GROUP BY paper_id
),
is_behind AS (
    -- no row where every paper is indexed: then no paper is looked at
    FROM (SELECT 1) WHERE (SELECT count(*) FROM main.papers) > (SELECT papers FROM collection)
),
plain AS (
    SELECT paper_id, 0 AS score, string_split_regex(lower(trim(query)), '\s+') AS terms
    FROM (FROM main.papers, is_behind)
    LEFT JOIN (SELECT paper_id, words FROM search.lengths, is_behind) USING (paper_id)
    -- CASE: the texts of papers that are indexed are not read
    WHERE CASE WHEN words IS NULL AND trim(query) <> '' THEN list_bool_and(
        [contains(lower(concat_ws(' ', title, abstract)), term) FOR term IN string_split_regex(lower(trim(query)), '\s+')]
    ) END
),
found AS (
    SELECT *, 'bm25' AS found_by FROM ranked
    UNION ALL
    SELECT *, 'contains' FROM plain
)
SELECT paper_id, round(score, 3)::DOUBLE AS score, title, published, journal, list_sort(terms) AS terms, found_by
FROM found
JOIN main.papers USING (paper_id)
ORDER BY score DESC, paper_id;
