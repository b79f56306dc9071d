-- Which topics brought which papers, to count and select by topic. A record of a search names its topic itself; of other
-- documents the run that fetched them does.
CREATE OR REPLACE VIEW main.paper_topics AS
WITH told AS (
    SELECT
        paper_sources.paper_id,
        CASE documents.kind
            WHEN 'europepmc-search' THEN split_part(documents.source_id, ' ', 1) ELSE runs.topic
        END AS topic,
        paper_sources.source
    FROM main.paper_sources
    JOIN ops.documents USING (document_id)
    LEFT JOIN ops.runs ON runs.run_id = documents.run_id
)
SELECT DISTINCT paper_id, topic, source FROM told WHERE topic IS NOT NULL;

COMMENT ON VIEW main.paper_topics IS 'The topics that brought the papers: those whose documents a paper comes from now';
COMMENT ON COLUMN main.paper_topics.topic IS 'Topic of the configuration, also one that is no longer in it';
