-- The size of the index of search(): papers in it, its rows, its words, and the numbers of papers in all its rows.
SELECT
    (SELECT count(*) FROM search.lengths) AS papers,
    count(*) AS rows,
    approx_count_distinct(word) AS words,
    coalesce(sum(len(numbers)), 0)::BIGINT AS numbers
FROM search.postings;
