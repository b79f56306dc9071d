-- The tables of the warehouse. No primary keys: uniqueness is validated before a load and checked after it.
CREATE TABLE main.papers (
    paper_id VARCHAR NOT NULL,
    pmcid VARCHAR,
    pmid VARCHAR,
    doi VARCHAR,
    title VARCHAR NOT NULL,
    abstract VARCHAR,
    tldr VARCHAR,
    contribution VARCHAR,
    key_findings VARCHAR[],
    journal VARCHAR,
    publisher VARCHAR,
    issn VARCHAR,
    published DATE,
    published_precision VARCHAR,
    authors VARCHAR[],
    article_type VARCHAR,
    language VARCHAR,
    license VARCHAR,
    is_open_access BOOLEAN,
    is_retracted BOOLEAN,
    keywords VARCHAR[],
    mesh_terms VARCHAR[],
    reference_count INTEGER,
    cited_by_count INTEGER,
    has_full_text BOOLEAN NOT NULL,
    source VARCHAR NOT NULL,
    url VARCHAR,
    fetched_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    content_hash VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

CREATE TABLE main.authors (
    paper_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    given_names VARCHAR,
    surname VARCHAR,
    orcid VARCHAR,
    affiliations VARCHAR[],
    is_collective BOOLEAN NOT NULL
);

CREATE TABLE main.entities (
    paper_id VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,
    entity_type VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    curie VARCHAR,
    name VARCHAR,
    qualifiers VARCHAR[],
    mention_count INTEGER,
    source VARCHAR NOT NULL
);

CREATE TABLE main.references (
    paper_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    label VARCHAR,
    citation VARCHAR,
    title VARCHAR,
    authors VARCHAR[],
    journal VARCHAR,
    year INTEGER,
    volume VARCHAR,
    pages VARCHAR,
    doi VARCHAR,
    pmid VARCHAR,
    pmcid VARCHAR,
    cited_paper_id VARCHAR,
    source VARCHAR NOT NULL
);

CREATE TABLE main.sections (
    paper_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    level INTEGER NOT NULL,
    heading VARCHAR,
    section_type VARCHAR NOT NULL,
    text VARCHAR
);

CREATE TABLE main.paper_sources (
    paper_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    own_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    content_hash VARCHAR NOT NULL,
    pmcid VARCHAR,
    pmid VARCHAR,
    doi VARCHAR,
    gave VARCHAR[],
    run_id VARCHAR NOT NULL
);

CREATE TABLE ops.runs (
    run_id VARCHAR NOT NULL,
    flow_run_id VARCHAR,
    flow VARCHAR NOT NULL,
    topic VARCHAR,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    status VARCHAR NOT NULL,
    fetched BIGINT NOT NULL,
    loaded BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    error VARCHAR
);

CREATE TABLE ops.documents (
    document_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    fetched_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL,
    papers INTEGER NOT NULL,
    rejected INTEGER NOT NULL
);

CREATE TABLE ops.rejects (
    run_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    table_name VARCHAR NOT NULL,
    column_name VARCHAR,
    "check" VARCHAR NOT NULL,
    value VARCHAR,
    row JSON,
    rejected_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE ops.watermarks (
    topic VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    high_water VARCHAR,
    updated_at TIMESTAMPTZ NOT NULL
);
