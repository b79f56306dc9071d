-- Papers that are not in the index of search().
SELECT paper_id FROM main.papers ANTI JOIN search.lengths USING (paper_id) ORDER BY paper_id;
