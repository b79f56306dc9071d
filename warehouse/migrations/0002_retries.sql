-- What could not be had of a paper that is loaded, and when it is tried again.
CREATE TABLE ops.retries (
    topic VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    reason VARCHAR
);
