-- Say of the documents asked for (table asked: source, sha256) that the run found them again, where another file was set
-- aside because one of them gives its paper: it stays set aside as long as that is so.
UPDATE ops.documents SET run_id = $run_id
WHERE (source, sha256) IN (SELECT (source, sha256) FROM asked)
    AND document_id IN (
        SELECT first.document_id
        FROM ops.rejects AS doubles
        JOIN main.paper_sources AS first
            ON first.own_id = (doubles.row ->> 'paper_id') AND first.source = doubles.source
        WHERE doubles.table_name = 'papers' AND doubles."check" = 'unique'
    );
