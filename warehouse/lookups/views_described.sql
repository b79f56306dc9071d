-- The views of schema main with their columns and comments.
SELECT
    views.view_name, views.comment AS view_comment,
    columns.column_name, columns.data_type, columns.comment AS column_comment
FROM duckdb_views() AS views
JOIN duckdb_columns() AS columns
    ON columns.database_name = views.database_name AND columns.schema_name = views.schema_name
    AND columns.table_name = views.view_name
WHERE views.database_name = current_database() AND views.schema_name = 'main' AND NOT views.internal
ORDER BY views.view_name, columns.column_index;
