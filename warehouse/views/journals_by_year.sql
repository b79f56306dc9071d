-- How many papers each journal has in each year, and how many of them are open access or retracted.
CREATE OR REPLACE VIEW main.journals_by_year AS
SELECT
    journal,
    year(published) AS year,
    count(*) AS papers,
    count(*) FILTER (is_open_access) AS open_access_papers,
    count(*) FILTER (is_retracted) AS retracted_papers
FROM main.papers
WHERE journal IS NOT NULL
GROUP BY journal, year(published);

COMMENT ON COLUMN main.journals_by_year.year IS 'Year of publication; null where it is not known';
COMMENT ON COLUMN main.journals_by_year.papers IS 'Papers of that journal and year';
COMMENT ON COLUMN main.journals_by_year.open_access_papers IS 'Those of them that a source calls open access';
COMMENT ON COLUMN main.journals_by_year.retracted_papers IS 'Those of them that were retracted';
