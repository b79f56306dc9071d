-- The new papers of these runs that ops.loads names, the latest published first.
SELECT paper_id, title, pmcid, pmid, doi, published, published_precision
FROM main.papers
WHERE paper_id IN (SELECT unnest(new_paper_ids) FROM ops.loads WHERE run_id IN (SELECT unnest($run_ids)))
ORDER BY published DESC NULLS LAST, paper_id
LIMIT $most;
