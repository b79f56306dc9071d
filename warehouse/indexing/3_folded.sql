-- Each distinct word as search compares it.
CREATE OR REPLACE TEMP TABLE folded AS
SELECT word, main.folded_word(word) AS term FROM (SELECT DISTINCT word FROM found);
