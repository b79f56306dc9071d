-- A title as the key by which it is compared: a hash of its letters and digits, without case, accents and markup of
-- any kind. A title of fewer than four words or 24 letters and digits has none: too many works are called like it.
CREATE OR REPLACE TEMP MACRO title_words(title) AS
    trim(regexp_replace(lower(strip_accents(nfc_normalize(title))), '[^\p{L}\p{N}]+', ' ', 'g'));
CREATE OR REPLACE TEMP MACRO title_key(title) AS
    CASE WHEN len(string_split(title_words(title), ' ')) >= 4
        AND length(replace(title_words(title), ' ', '')) >= 24
        THEN md5_number_lower(replace(title_words(title), ' ', ''))
    END;
