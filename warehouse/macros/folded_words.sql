-- The words of a text as search compares them: lower case, no accents, and in the one form that folded_word gives.
CREATE OR REPLACE MACRO main.folded_words(given) AS list_transform(
    regexp_extract_all(lower(strip_accents(given)), '[\p{L}\p{N}]+'),
    lambda word: main.folded_word(word)
);
