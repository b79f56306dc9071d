-- The part in the index.
INSERT INTO search.postings BY NAME
SELECT word, list(number) AS numbers, list(times) AS times
FROM counted
GROUP BY word;
