-- The quarantine: what gave no paper first, then papers, then single rows and values; of these runs only, where any
-- are given.
SELECT run_id, source, source_id, table_name, column_name, "check", value, row, document_id, rejected_at
FROM ops.rejects
WHERE len($run_ids) = 0 OR run_id IN (SELECT unnest($run_ids))
ORDER BY table_name <> 'documents', table_name <> 'papers', rejected_at DESC, source_id, table_name, column_name
LIMIT $most;
