-- What JATS says besides: summaries' origin, other titles, subjects, funding, notices; authors' suffix and mark.
ALTER TABLE main.papers ADD COLUMN summary_source VARCHAR;
ALTER TABLE main.papers ADD COLUMN translated_titles VARCHAR[];
ALTER TABLE main.papers ADD COLUMN subjects VARCHAR[];
ALTER TABLE main.papers ADD COLUMN funding VARCHAR[];
ALTER TABLE main.papers ADD COLUMN notices VARCHAR[];
ALTER TABLE main.papers ADD COLUMN notice_of VARCHAR[];
ALTER TABLE main.authors ADD COLUMN suffix VARCHAR;
ALTER TABLE main.authors ADD COLUMN is_corresponding BOOLEAN;
