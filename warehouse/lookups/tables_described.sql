-- The tables of schema main with their columns and comments; views are none.
SELECT
    tables.table_name, tables.comment AS table_comment,
    columns.column_name, columns.data_type, columns.is_nullable, columns.comment AS column_comment
FROM duckdb_tables() AS tables
JOIN duckdb_columns() AS columns USING (database_name, schema_name, table_name)
WHERE tables.database_name = current_database() AND tables.schema_name = 'main' AND NOT tables.temporary
ORDER BY tables.table_name <> 'papers', tables.table_name, columns.column_index;
