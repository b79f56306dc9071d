-- What stands in the index for each of them, and for each piece; sequences and addresses are left out.
CREATE OR REPLACE TEMP TABLE words AS
WITH hashed AS MATERIALIZED (
    SELECT word, md5_number_lower(term) AS key FROM folded WHERE length(term) <= 40
)
SELECT piece, key AS word FROM found JOIN hashed USING (word);
