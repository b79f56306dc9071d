-- Say of the documents asked for (table asked: source, sha256) that the run found them again, where another file was set
-- aside because one of them gives its paper: it stays set aside as long as that is so.
UPDATE ops.documents SET run_id = $run_id
WHERE document_id IN (
    WITH doubles AS MATERIALIZED (
        SELECT source, row ->> 'paper_id' AS own_id
        FROM ops.rejects
        WHERE table_name = 'papers' AND "check" = 'unique'
    )
    SELECT document_id
    FROM ops.documents
    SEMI JOIN asked USING (source, sha256)
    WHERE document_id IN (SELECT document_id FROM main.paper_sources SEMI JOIN doubles USING (source, own_id))
);
