-- Papers that were last written before a setting was noted.
SELECT paper_id
FROM main.papers
WHERE updated_at < (SELECT updated_at FROM ops.settings WHERE name = $setting)
ORDER BY paper_id;
