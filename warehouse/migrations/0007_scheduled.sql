-- How far backfills have come, and when papers were asked about again.
CREATE TABLE ops.backfills (
    topic VARCHAR NOT NULL,
    query VARCHAR NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    expected BIGINT NOT NULL,
    fetched BIGINT,
    loaded BIGINT,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    run_id VARCHAR
);

CREATE TABLE ops.asked (
    purpose VARCHAR NOT NULL,
    paper_id VARCHAR NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL
);
