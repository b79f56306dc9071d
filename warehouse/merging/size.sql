-- The size of the index of search(): its rows, its words, and the numbers of papers in all its rows, with those of papers
-- that have changed since, or gone.
WITH entries AS (
    SELECT unnest(numbers) AS number FROM search.postings
)
SELECT
    (SELECT count(*) FROM search.postings) AS rows,
    (SELECT approx_count_distinct(word) FROM search.postings) AS words,
    (SELECT count(*) FROM entries) AS numbers,
    (SELECT count(*) FROM entries ANTI JOIN search.lengths USING (number)) AS given_up;
