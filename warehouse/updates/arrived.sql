-- Note when the papers of a batch came that were not there; one that got a better key came when its claims did.
-- Runs before the rows are replaced.
INSERT INTO ops.arrivals BY NAME
WITH before AS MATERIALIZED (
    SELECT source, own_id, paper_id FROM main.paper_sources SEMI JOIN replaced USING (paper_id)
), came AS MATERIALIZED (
    FROM ops.arrivals SEMI JOIN replaced USING (paper_id)
), moved AS (
    SELECT told.paper_id, min(came.added_at) AS added_at, arg_min(came.run_id, came.added_at) AS run_id
    FROM new_paper_sources AS told
    JOIN before USING (source, own_id)
    JOIN came ON came.paper_id = before.paper_id
    GROUP BY told.paper_id
)
SELECT
    papers.paper_id,
    coalesce(moved.added_at, papers.updated_at) AS added_at,
    coalesce(moved.run_id, $run_id) AS run_id
FROM new_papers AS papers
ANTI JOIN replaced USING (paper_id)
LEFT JOIN moved USING (paper_id);
