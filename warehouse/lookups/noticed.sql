-- The papers that are retracted or have another notice.
SELECT paper_id, is_retracted, notices FROM main.papers WHERE is_retracted OR len(notices) > 0 ORDER BY paper_id;
