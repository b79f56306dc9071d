-- The columns of the tables and views of a database, with types and all comments.
SELECT columns.schema_name, columns.table_name, column_name, data_type, is_nullable, columns.comment,
    coalesce(tables.comment, views.comment) AS table_comment
FROM duckdb_columns() AS columns
LEFT JOIN duckdb_tables() AS tables USING (database_name, schema_name, table_name)
LEFT JOIN duckdb_views() AS views
    ON views.database_name = columns.database_name
    AND views.schema_name = columns.schema_name
    AND views.view_name = columns.table_name
WHERE columns.database_name = $database AND NOT columns.internal
ORDER BY columns.schema_name, columns.table_name, column_index;
