-- Papers that came with the last ingest, or after it by a replay: what is new for someone who reads along.
CREATE OR REPLACE VIEW main.new_papers AS
WITH last_ingest AS (
    SELECT min(started_at) AS started_at
    FROM ops.runs
    WHERE flow_run_id = (SELECT arg_max(flow_run_id, started_at) FROM ops.runs WHERE flow = 'ingest')
)
SELECT arrivals.added_at, arrivals.run_id, runs.topic, paper_id, title, journal, published, papers.source, papers.url
FROM ops.arrivals AS arrivals
JOIN main.papers AS papers USING (paper_id)
LEFT JOIN ops.runs AS runs ON runs.run_id = arrivals.run_id
WHERE arrivals.added_at >= (SELECT started_at FROM last_ingest);

COMMENT ON COLUMN main.new_papers.added_at IS 'When it was first loaded';
COMMENT ON COLUMN main.new_papers.run_id IS 'Run that loaded it first, see ops.runs';
COMMENT ON COLUMN main.new_papers.topic IS 'Topic of that run; null of a replay';
