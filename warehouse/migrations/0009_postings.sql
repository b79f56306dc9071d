-- The index of search() by word and batch instead of by word and paper: a fraction of the rows, whatever the papers'
-- number, and nothing to delete where papers change. Papers are indexed anew by the next ingest.
DROP TABLE search.postings;
DROP TABLE search.lengths;
CREATE TABLE search.postings (
    word UBIGINT NOT NULL,
    numbers INTEGER[] NOT NULL,
    times INTEGER[] NOT NULL
);
CREATE TABLE search.lengths (
    paper_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    words INTEGER NOT NULL
);
