-- Note when the papers of a batch came that were not there; one that got a better key came when its claims did.
-- Runs before the rows are replaced.
INSERT INTO ops.arrivals BY NAME
WITH moved AS (
    SELECT told.paper_id, min(arrivals.added_at) AS added_at, arg_min(arrivals.run_id, arrivals.added_at) AS run_id
    FROM new_paper_sources AS told
    JOIN main.paper_sources AS before USING (source, own_id)
    JOIN ops.arrivals AS arrivals ON arrivals.paper_id = before.paper_id
    WHERE before.paper_id IN (SELECT paper_id FROM replaced)
    GROUP BY told.paper_id
)
SELECT
    papers.paper_id,
    coalesce(moved.added_at, papers.updated_at) AS added_at,
    coalesce(moved.run_id, $run_id) AS run_id
FROM new_papers AS papers
ANTI JOIN replaced USING (paper_id)
LEFT JOIN moved USING (paper_id);
