-- How often each word stands in each paper of the part.
CREATE OR REPLACE TEMP TABLE counted AS
SELECT word, number, sum(times)::INTEGER AS times
FROM pieces
JOIN words USING (piece)
GROUP BY word, number;
