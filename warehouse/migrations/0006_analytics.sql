-- When a paper came, and the index that search() reads: words of papers, and how long the papers are.
CREATE TABLE ops.arrivals (
    paper_id VARCHAR NOT NULL,
    added_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);
INSERT INTO ops.arrivals SELECT paper_id, updated_at, run_id FROM main.papers;

CREATE SCHEMA search;
CREATE TABLE search.postings (
    term VARCHAR NOT NULL,
    paper_id VARCHAR NOT NULL,
    in_title INTEGER NOT NULL,
    in_abstract INTEGER NOT NULL,
    in_text INTEGER NOT NULL
);
CREATE TABLE search.lengths (
    paper_id VARCHAR NOT NULL,
    title_words INTEGER NOT NULL,
    abstract_words INTEGER NOT NULL,
    text_words INTEGER NOT NULL
);
