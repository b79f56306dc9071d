-- The columns of all tables by which a row refers to a landed document: its key, or the hash of its bytes.
SELECT schema_name, table_name, column_name
FROM duckdb_columns()
WHERE database_name = current_database()
    AND column_name IN ('document_id', 'sha256')
    AND schema_name IN ('main', 'ops')
    AND (schema_name, table_name) <> ('ops', 'documents')
    AND (schema_name, table_name) IN (SELECT (schema_name, table_name) FROM duckdb_tables() WHERE NOT temporary)
ORDER BY ALL;
