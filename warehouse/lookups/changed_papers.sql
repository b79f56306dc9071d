-- The papers of a batch (table incoming: rows of paper_sources) of which some source says something new.
WITH known AS MATERIALIZED (
    SELECT source, own_id, content_hash FROM main.paper_sources SEMI JOIN incoming USING (source, own_id, content_hash)
)
SELECT DISTINCT paper_id FROM incoming ANTI JOIN known USING (source, own_id, content_hash);
