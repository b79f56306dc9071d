-- What papers go by, what references resolve to and by what, concepts of one vocabulary linked to those of another.
CREATE TABLE main.paper_ids (
    scheme VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    paper_id VARCHAR NOT NULL
);

CREATE TABLE main.concept_mappings (
    vocabulary VARCHAR NOT NULL,
    curie VARCHAR NOT NULL,
    name VARCHAR,
    linked_from VARCHAR NOT NULL,
    linked_from_name VARCHAR
);

CREATE TABLE ops.title_keys (
    paper_id VARCHAR NOT NULL,
    position INTEGER,
    title_key UBIGINT NOT NULL,
    year INTEGER
);

CREATE TABLE ops.vocabularies (
    name VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    version VARCHAR,
    sha256 VARCHAR,
    loaded_at TIMESTAMPTZ,
    rows BIGINT NOT NULL,
    error VARCHAR
);

ALTER TABLE main.references ADD COLUMN resolved_by VARCHAR;
ALTER TABLE main.entities ADD COLUMN linked_from VARCHAR;
ALTER TABLE main.entities ADD COLUMN named_by VARCHAR;
