-- How complete the papers are that each run wrote last, by the source that leads, and what was set aside of its rows.
CREATE OR REPLACE VIEW main.data_quality AS
WITH written AS (
    SELECT
        source,
        run_id,
        count(*) AS papers,
        avg((doi IS NOT NULL)::INTEGER) AS with_doi,
        avg((abstract IS NOT NULL)::INTEGER) AS with_abstract,
        avg((published IS NOT NULL)::INTEGER) AS with_date,
        avg((license IS NOT NULL)::INTEGER) AS with_license,
        avg((coalesce(len(authors), 0) > 0)::INTEGER) AS with_authors,
        avg(has_full_text::INTEGER) AS with_full_text
    FROM main.papers
    GROUP BY source, run_id
),
set_aside AS (
    SELECT
        source,
        run_id,
        count(*) AS rejects,
        mode(table_name || coalesce('.' || column_name, '') || ': ' || "check") AS main_reason
    FROM ops.rejects
    GROUP BY source, run_id
)
SELECT
    source,
    run_id,
    runs.topic,
    runs.started_at,
    coalesce(papers, 0) AS papers,
    with_doi,
    with_abstract,
    with_date,
    with_license,
    with_authors,
    with_full_text,
    coalesce(rejects, 0) AS rejects,
    main_reason
FROM written
FULL JOIN set_aside USING (source, run_id)
LEFT JOIN ops.runs AS runs USING (run_id);

COMMENT ON COLUMN main.data_quality.source IS 'Source that leads for the papers, and gave what was set aside';
COMMENT ON COLUMN main.data_quality.run_id IS 'Run that last wrote them, see ops.runs';
COMMENT ON COLUMN main.data_quality.papers IS 'Papers of that source that this run wrote last';
COMMENT ON COLUMN main.data_quality.with_doi IS 'Share of them with a DOI, from 0 to 1';
COMMENT ON COLUMN main.data_quality.with_abstract IS 'Share with an abstract';
COMMENT ON COLUMN main.data_quality.with_date IS 'Share with a date of publication';
COMMENT ON COLUMN main.data_quality.with_license IS 'Share with a licence';
COMMENT ON COLUMN main.data_quality.with_authors IS 'Share with authors';
COMMENT ON COLUMN main.data_quality.with_full_text IS 'Share with full text';
COMMENT ON COLUMN main.data_quality.rejects IS 'Rows in quarantine, see ops.rejects';
COMMENT ON COLUMN main.data_quality.main_reason IS 'What most of them failed: table, column and check';
COMMENT ON COLUMN main.data_quality.topic IS 'Topic of that run';
COMMENT ON COLUMN main.data_quality.started_at IS 'When it began';
