-- What each load wrote, and how complete it is: counted as it is written, so that no report has to look for it again.
CREATE TABLE ops.loads (
    run_id VARCHAR NOT NULL,
    loaded_at TIMESTAMPTZ NOT NULL,
    papers BIGINT NOT NULL,
    new_papers BIGINT NOT NULL,
    authors BIGINT NOT NULL,
    entities BIGINT NOT NULL,
    reference_rows BIGINT NOT NULL,
    sections BIGINT NOT NULL,
    with_doi BIGINT NOT NULL,
    with_abstract BIGINT NOT NULL,
    with_full_text BIGINT NOT NULL,
    with_entities BIGINT NOT NULL,
    references_resolved BIGINT NOT NULL
);
