-- The claims of some sources, the papers in order.
SELECT * FROM main.paper_sources WHERE source IN (SELECT unnest($sources)) ORDER BY paper_id, source, own_id;
