-- Of the documents asked for (table asked: document_id, source, source_id, url, sha256), those that need no work, with
-- what they gave. One that could not be had, or was other bytes, when it was set aside is worked through, to clear the
-- quarantine; so is one that was set aside for another file of a topic in which the flow run
-- does not find that any more.
WITH unopposed AS (
    SELECT doubles.document_id
    FROM ops.rejects AS doubles
    ANTI JOIN (
        SELECT paper_sources.*
        FROM main.paper_sources
        JOIN ops.documents USING (document_id)
        JOIN ops.runs ON runs.run_id = documents.run_id
        WHERE runs.flow_run_id = $flow_run_id
            OR runs.topic NOT IN (SELECT topic FROM ops.runs WHERE flow_run_id = $flow_run_id AND topic IS NOT NULL)
    ) AS first ON first.own_id = (doubles.row ->> 'paper_id') AND first.source = doubles.source
    WHERE doubles.table_name = 'papers' AND doubles."check" = 'unique'
), latest AS (
    SELECT source, url, arg_max(sha256, fetched_at) AS sha256, arg_max(papers, fetched_at) AS papers,
        arg_max(rejected, fetched_at) AS rejected
    FROM ops.documents
    SEMI JOIN asked USING (source, url)
    GROUP BY source, url
), current AS (
    SELECT source, sha256, any_value(papers) AS papers, any_value(rejected) AS rejected
    FROM ops.documents
    SEMI JOIN asked USING (source, sha256)
    SEMI JOIN main.paper_sources USING (document_id)
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
