-- Under which licences the papers of a year may be used, and what share of them each has.
CREATE OR REPLACE VIEW main.licenses_by_year AS
SELECT
    year(published) AS year,
    license,
    count(*) AS papers,
    count(*) / sum(count(*)) OVER (PARTITION BY year(published)) AS share
FROM main.papers
GROUP BY year(published), license;

COMMENT ON COLUMN main.licenses_by_year.year IS 'Year of publication; null where it is not known';
COMMENT ON COLUMN main.licenses_by_year.license IS 'Licence as in papers; null where no source gives one';
COMMENT ON COLUMN main.licenses_by_year.papers IS 'Papers of that year with that licence';
COMMENT ON COLUMN main.licenses_by_year.share IS 'Share of the papers of that year';
