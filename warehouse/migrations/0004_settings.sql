-- What of the configuration the rows were made by, to notice when it changes.
CREATE TABLE ops.settings (
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
