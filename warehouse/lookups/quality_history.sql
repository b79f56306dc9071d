-- How complete what each of the last flow runs wrote is, the newest first: shares from 0 to 1. A run that wrote no
-- papers and fetched none has nothing to say.
WITH by_run AS (
    SELECT
        run_id,
        sum(papers) AS papers,
        sum(with_doi) AS with_doi,
        sum(with_abstract) AS with_abstract,
        sum(with_full_text) AS with_full_text,
        sum(with_entities) AS with_entities,
        sum(reference_rows) AS reference_rows,
        sum(references_resolved) AS references_resolved
    FROM ops.loads
    GROUP BY run_id
)
SELECT
    flow_run_id,
    min(started_at) AS started_at,
    coalesce(sum(papers), 0)::BIGINT AS papers,
    sum(with_doi) / sum(papers) AS doi,
    sum(with_abstract) / sum(papers) AS abstract,
    sum(with_full_text) / sum(papers) AS full_text,
    sum(with_entities) / sum(papers) AS entities,
    sum(references_resolved) / nullif(sum(reference_rows), 0) AS references_resolved,
    sum(rejected) / nullif(sum(fetched), 0) AS rejected
FROM ops.runs
LEFT JOIN by_run USING (run_id)
WHERE topic IS NOT NULL
GROUP BY flow_run_id
HAVING sum(papers) > 0 OR sum(fetched) > 0
ORDER BY started_at DESC
LIMIT $most;
