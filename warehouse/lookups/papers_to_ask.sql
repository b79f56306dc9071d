-- The papers to ask Europe PMC about again, those whose turn is longest ago first: by the name of their record, else, where
-- anyone is asked about, by their ids; with the topic that brought them ($topics: only of these, all where it is empty).
WITH records AS (
    SELECT paper_sources.paper_id, paper_sources.own_id AS name
    FROM main.paper_sources
    WHERE source = 'europepmc' AND contains(own_id, ':')
), named AS (
    FROM records
    UNION ALL
    SELECT paper_id, coalesce('MED:' || pmid, 'PMCID:' || pmcid, 'DOI:' || doi)
    FROM main.papers
    ANTI JOIN records USING (paper_id)
    WHERE $anyone
), topics AS (
    SELECT paper_id, coalesce(any_value(topic) FILTER (source = 'europepmc'), any_value(topic)) AS topic
    FROM main.paper_topics
    WHERE len($topics) = 0 OR topic IN (SELECT unnest($topics))
    GROUP BY paper_id
)
SELECT topics.topic, named.name, named.paper_id
FROM named
LEFT JOIN topics USING (paper_id)
LEFT JOIN (FROM ops.asked WHERE purpose = $purpose) AS asked USING (paper_id)
WHERE named.name IS NOT NULL AND (len($topics) = 0 OR topics.topic IS NOT NULL)
ORDER BY asked.asked_at NULLS FIRST, named.name
LIMIT $most;
