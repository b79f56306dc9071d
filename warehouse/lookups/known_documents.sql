-- Of the documents asked for (table asked: document_id, source, source_id, url, sha256), those that need no work, with
-- what they gave. One that could not be had, or was other bytes, when it was set aside is worked through, to clear the
-- quarantine; so is one that was set aside for another file of a topic in which the flow run
-- does not find that any more.
WITH doubles AS MATERIALIZED (
    SELECT document_id, source, row ->> 'paper_id' AS own_id
    FROM ops.rejects
    WHERE table_name = 'papers' AND "check" = 'unique'
), first AS MATERIALIZED (
    SELECT source, own_id, document_id FROM main.paper_sources SEMI JOIN doubles USING (source, own_id)
), found AS (
    SELECT document_id, runs.*
    FROM (SELECT document_id, run_id FROM ops.documents WHERE document_id IN (SELECT document_id FROM first))
    JOIN ops.runs AS runs USING (run_id)
), unopposed AS (
    SELECT document_id
    FROM doubles
    ANTI JOIN (
        SELECT source, own_id
        FROM first
        JOIN found USING (document_id)
        WHERE flow_run_id = $flow_run_id
            OR topic NOT IN (SELECT topic FROM ops.runs WHERE flow_run_id = $flow_run_id AND topic IS NOT NULL)
    ) USING (source, own_id)
), latest AS (
    SELECT source, url, arg_max(sha256, fetched_at) AS sha256, arg_max(papers, fetched_at) AS papers,
        arg_max(rejected, fetched_at) AS rejected
    FROM ops.documents
    SEMI JOIN asked USING (source, url)
    GROUP BY source, url
), same AS MATERIALIZED (
    SELECT document_id, source, sha256, papers, rejected FROM ops.documents SEMI JOIN asked USING (source, sha256)
), current AS (
    SELECT source, sha256, any_value(papers) AS papers, any_value(rejected) AS rejected
    FROM same
    WHERE document_id IN (
        SELECT document_id FROM main.paper_sources WHERE document_id IN (SELECT document_id FROM same)
    )
    GROUP BY source, sha256
)
SELECT asked.document_id,
    coalesce(latest.papers, current.papers) AS papers,
    coalesce(latest.rejected, current.rejected) AS rejected
FROM asked
LEFT JOIN latest USING (source, url, sha256)
LEFT JOIN current USING (source, sha256)
WHERE (latest.papers IS NOT NULL OR current.papers IS NOT NULL)
    AND NOT EXISTS (
        FROM ops.rejects
        WHERE rejects.source = asked.source
            AND rejects.source_id = asked.source_id
            AND rejects.document_id <> asked.document_id
    )
    AND asked.document_id NOT IN (FROM unopposed);
