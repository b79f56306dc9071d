-- The words that each distinct piece holds: what is looked into once need not be looked into again.
CREATE OR REPLACE TEMP TABLE found AS
SELECT piece, unnest(regexp_extract_all(lower(strip_accents(piece)), '[\p{L}\p{N}]+')) AS word
FROM (SELECT DISTINCT piece FROM pieces);
