-- Papers that came with these runs, the latest published first.
SELECT paper_id, title, pmcid, pmid, doi, published, published_precision
FROM main.papers
WHERE paper_id IN (SELECT paper_id FROM ops.arrivals WHERE run_id IN (SELECT unnest($run_ids)))
ORDER BY published DESC NULLS LAST, paper_id
LIMIT $most;
