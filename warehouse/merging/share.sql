-- What the index says of one share of the words, $share of $shares: one row a word, without numbers that are given up.
INSERT INTO merged
SELECT word, list(number) AS numbers, list(times) AS times
FROM (
    SELECT word, unnest(numbers) AS number, unnest(times) AS times
    FROM search.postings
    WHERE word % $shares = $share
)
SEMI JOIN search.lengths USING (number)
GROUP BY word;
