-- The comments for a view's columns that have none: those of the same columns in the table that it shares most with,
-- papers first.
WITH shared AS (
    SELECT shown.column_name, base.table_name, base.comment, count(*) OVER (PARTITION BY base.table_name) AS columns
    FROM duckdb_columns() AS shown
    JOIN duckdb_columns() AS base USING (schema_name, column_name, data_type)
    SEMI JOIN duckdb_tables() AS tables
        ON tables.schema_name = base.schema_name AND tables.table_name = base.table_name
    WHERE shown.schema_name = 'main' AND shown.table_name = $view AND shown.comment IS NULL
)
SELECT column_name, first(comment ORDER BY columns DESC, table_name <> 'papers', table_name) AS comment
FROM shared
WHERE comment IS NOT NULL
GROUP BY column_name;
