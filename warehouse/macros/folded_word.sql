-- One word as search compares it, of lower case and without accents: one form for singular and plural (the S-stemmer of
-- Harman 1991, "How effective is suffixing?", and -sis, -ses), British and American, β and beta.
CREATE OR REPLACE MACRO main.folded_word(word) AS regexp_replace(
    regexp_replace(
        regexp_replace(
            replace(replace(replace(replace(replace(
                replace(replace(replace(replace(replace(
                    word,
                    'α', 'alpha'), 'β', 'beta'), 'γ', 'gamma'), 'δ', 'delta'), 'κ', 'kappa'),
                'our', 'or'), 'ae', 'e'), 'oe', 'e'), 'yz', 'ys'), 'iz', 'is'),
            '(..)ies$', '\1y'
        ),
        '(..[^isu])s$', '\1'
    ),
    '(..s|..x|ch|sh)(e|is)$', '\1'
);
