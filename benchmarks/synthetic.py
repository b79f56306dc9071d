"""Make a warehouse of made-up papers, as large as you like, to measure what grows with what a warehouse holds.

usage: PYTHONPATH=. python benchmarks/synthetic.py DIRECTORY --papers N [--seed SEED]

DIRECTORY becomes a ``warehouse.directory`` with a build file, published, as N papers would have left it that were
loaded in batches: per paper an abstract of 150 words, 5 authors, 20 references (one in ten to a paper of the
warehouse), 10 mentions of concepts, and what is derived of them; no full text and no landed documents. Words and
concepts are drawn as Zipf has it. No order helps: the ids of the papers are in none.

All chance is a hash of the seed, so that the same call gives the same rows. Made in chunks within DuckDB, in 4 GB of
memory; a million papers take some ten minutes of a processor.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.derive import DERIVATION, STEPS
from warehouse.layout import Layout
from warehouse.load import Connection, transaction
from warehouse.publish import publish
from warehouse.search import NUMBERS
from warehouse.settings import note_setting
from warehouse.sql import sql_hash
from warehouse.store import clear_work, open_build

#: Papers that are made at once, and that a run brought; papers of a load.
CHUNK, LOAD = 20_000, 1000
#: Distinct words, and phrases of ten of them that texts are made of.
WORDS, PHRASES = 100_000, 300_000
#: Words that the questions of docs/sql.md ask for, by rank: some in most papers, some in one of a thousand.
ASKED = {
    20: "after", 21: "in", 60: "survival", 80: "liver", 120: "failure", 200: "metastases", 700: "index",
    1500: "embolization", 2000: "hepatectomy", 2500: "ki", 2600: "67",
}  # fmt: skip
#: Concepts that they ask for, by rank.
NAMED = {10: "MESH:D018358", 11: "MONDO:0019496", 12: "MESH:D009362"}

_POOLS = """
SET VARIABLE seed = $seed;
SET VARIABLE papers = $papers;
SET VARIABLE words = $words;
SET VARIABLE phrases = $phrases;
-- hashed twice: the bits of a hash of several values are not independent
CREATE OR REPLACE TEMP MACRO dice(what, a, b) AS hash(hash(getvariable('seed'), what, a, b));
CREATE OR REPLACE TEMP MACRO chance(what, a, b) AS dice(what, a, b) / 18446744073709551616.0;
CREATE OR REPLACE TEMP MACRO pick(most, what, a, b) AS (dice(what, a, b) % most)::BIGINT;
CREATE OR REPLACE TEMP MACRO phrase_of(what, a, b) AS pick(getvariable('phrases'), what, a, b);
CREATE OR REPLACE TEMP MACRO zipf(most, what, a, b) AS least(floor(pow(most, chance(what, a, b)))::BIGINT, most) - 1;
CREATE OR REPLACE TEMP MACRO number(paper) AS 10 * (100000 + (paper * 739391) % 1100009);
CREATE OR REPLACE TEMP MACRO key(paper) AS 'PMC' || number(paper);
CREATE OR REPLACE TEMP MACRO doi(work) AS concat('10.', 1000 + work % 60, '/made.', 1990 + work % 35, '.', work);
CREATE OR REPLACE TEMP MACRO year_of(work) AS (1990 + work % 35)::INTEGER;
CREATE OR REPLACE TEMP TABLE syllables AS
SELECT ['ba', 'co', 'di', 'fu', 'ge', 'hi', 'lo', 'ma', 'ne', 'pi', 'ro', 'su', 'ta', 've', 'xe', 'zo'] AS them;
CREATE OR REPLACE TEMP TABLE words AS
SELECT *, md5_number_lower(main.folded_words(word)[1]) AS key
FROM (
    SELECT rank,
        coalesce(
            map($ranks, $asked)[rank],
            string_agg(them[1 + pick(16, 'syllable', rank, place)], '' ORDER BY place) || 'n'
        ) AS word
    FROM syllables, range(getvariable('words')) AS ranks(rank), range(2 + rank % 4) AS places(place)
    GROUP BY rank
);
CREATE OR REPLACE TEMP TABLE spoken AS
SELECT phrase, place, word, key
FROM (
    SELECT phrase, place, zipf(getvariable('words'), 'word', phrase, place) AS rank
    FROM range(getvariable('phrases')) AS phrases(phrase), range(10) AS places(place)
)
JOIN words USING (rank);
CREATE OR REPLACE TEMP TABLE phrases AS
SELECT phrase, string_agg(word, ' ' ORDER BY place) AS words,
    string_agg(word, ' ' ORDER BY place) FILTER (place < 4) AS heading
FROM spoken GROUP BY phrase;
CREATE OR REPLACE TEMP TABLE terms AS
SELECT phrase, key AS word, count(*) AS times, count(*) FILTER (place < 4) AS of_heading FROM spoken GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE people AS
SELECT person, given, surname, given || ' ' || surname AS name,
    CASE WHEN person % 3 = 0 THEN concat_ws('-', digits[1:4], digits[5:8], digits[9:12],
        digits[13:15] || CASE WHEN (12 - total % 11) % 11 = 10 THEN 'X' ELSE ((12 - total % 11) % 11)::VARCHAR END)
    END AS orcid
FROM (
    SELECT person, upper(left(one.word, 1)) || substr(one.word, 2) AS given,
        upper(left(two.word, 1)) || substr(two.word, 2) AS surname,
        lpad((1500000000 + person)::VARCHAR, 15, '0') AS digits,
        list_reduce(list_prepend(0::BIGINT, string_split(digits, '')::BIGINT[]), lambda sum, digit: 2 * (sum + digit))
            AS total
    FROM range(getvariable('papers') // 2 + 100) AS people(person)
    JOIN words AS one
        ON one.rank = getvariable('words') * 3 // 100 + pick(getvariable('words') // 50, 'given', person, 0)
    JOIN words AS two
        ON two.rank = getvariable('words') // 20 + pick(getvariable('words') * 9 // 10, 'surname', person, 0)
);
"""
_CHUNK = """
CREATE OR REPLACE TEMP TABLE chunk AS
SELECT paper, key(paper) AS paper_id, (10000000 + number(paper))::VARCHAR AS pmid, doi(paper) AS doi,
    concat('made-', paper // $chunk) AS run_id, sha256(concat('paper ', getvariable('seed'), ' ', paper)) AS sha256,
    TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(paper // $load * 60) AS loaded_at
FROM range($first, $last) AS papers(paper);
CREATE OR REPLACE TEMP TABLE writing AS
SELECT paper_id, position, people.* EXCLUDE (person)
FROM (
    SELECT paper_id, place::INTEGER AS position,
        zipf(getvariable('papers') // 2 + 100, 'author', paper, place) // 2
            + pick(getvariable('papers') // 4 + 50, 'author', place, paper) AS person
    FROM chunk, range(1, 6) AS places(place)
)
JOIN people USING (person);
CREATE OR REPLACE TEMP TABLE citing AS
WITH drawn AS (
    SELECT paper_id, place::INTEGER AS position, paper, pick(100, 'kind', paper, place) AS kind,
        least(floor(getvariable('papers') * pow(chance('cited', paper, place), 2))::BIGINT, getvariable('papers') - 1)
            AS aim
    FROM chunk, range(1, 21) AS places(place)
)
SELECT paper_id, position, kind,
    -- papers of the warehouse: odd ones by title, even ones by ids; else a work that is not here
    CASE WHEN kind < 10 AND position = 20 THEN aim - 1 + aim % 2 WHEN kind < 10 THEN aim - aim % 2
        ELSE 5000000 + floor(5 * getvariable('papers') * pow(chance('work', paper, position), 2))::BIGINT
    END AS work,
    kind < 10 AND work >= 0 AND work <> paper AS is_here,
    is_here AND position = 20 AS by_title
FROM drawn;
UPDATE citing SET work = 5000000 + kind WHERE work < 0 OR (kind < 10 AND NOT is_here);
"""
_TITLES = """
CREATE OR REPLACE TEMP TABLE titles AS
SELECT work, concat_ws(' ', one.heading, two.heading, three.heading, work) AS title,
    md5_number_lower(replace(title, ' ', '')) AS title_key
FROM (SELECT work FROM citing UNION SELECT paper FROM chunk)
JOIN phrases AS one ON one.phrase = phrase_of('title', work, 1)
JOIN phrases AS two ON two.phrase = phrase_of('title', work, 2)
JOIN phrases AS three ON three.phrase = phrase_of('title', work, 3);
"""
_PAPERS = """
INSERT INTO main.papers BY NAME
WITH abstracts AS (
    SELECT paper, string_agg(words, ' ' ORDER BY place) AS abstract
    FROM (
        SELECT paper, place, phrase_of('abstract', paper, place) AS phrase
        FROM chunk, range(15) AS places(place)
    )
    JOIN phrases USING (phrase)
    GROUP BY paper
), names AS (
    SELECT paper_id, list(name ORDER BY position) AS authors FROM writing GROUP BY paper_id
)
SELECT paper_id, paper_id AS pmcid, pmid, doi, title, abstract, concat('Journal of ', paper % 997) AS journal,
    make_date(year_of(paper), 1 + paper % 12, 1 + paper % 28) AS published, 'day' AS published_precision, authors,
    CASE WHEN paper % 2000 = 7 THEN 'retraction' ELSE 'research-article' END AS article_type, 'en' AS language,
    CASE WHEN paper % 5 > 0 THEN 'CC-BY-4.0' END AS license, paper % 5 > 0 AS is_open_access,
    paper % 2000 = 8 AS is_retracted, [concat('keyword ', paper % 1999)] AS keywords, 20 AS reference_count,
    paper % 40 AS cited_by_count, false AS has_full_text, 'jats' AS source, loaded_at AS fetched_at,
    loaded_at AS updated_at, sha256 AS content_hash, run_id,
    CASE WHEN paper % 2000 = 7 THEN [key(paper + 1)] END AS notice_of
FROM chunk
JOIN titles ON work = paper
JOIN abstracts USING (paper)
JOIN names USING (paper_id)
ORDER BY paper;
INSERT INTO main.authors BY NAME
SELECT paper_id, position, name, given AS given_names, surname, orcid, false AS is_collective
FROM writing ORDER BY paper_id, position;
INSERT INTO main.entities BY NAME
WITH mentions AS (
    SELECT paper_id, ['Disease', 'Gene', 'Chemical', 'Species'][1 + rank % 4] AS entity_type,
        'concept ' || rank AS label, given, mappings.curie, mappings.name, vocabulary
    FROM (
        SELECT DISTINCT paper_id, zipf(20000, 'concept', paper, place) AS rank,
            coalesce(map($ranks, $named)[rank], 'MESH:D' || (100000 + rank)) AS given
        FROM chunk, range(10) AS places(place)
    )
    LEFT JOIN main.concept_mappings AS mappings ON linked_from = given
)
SELECT paper_id, 'full_text' AS scope, entity_type, label, given AS curie, name, 1 AS mention_count, 'jats' AS source,
    NULL AS linked_from, vocabulary AS named_by
FROM mentions
UNION ALL
SELECT paper_id, 'linked', entity_type, label, curie, name, 1, 'jats', given, vocabulary
FROM mentions WHERE curie IS NOT NULL;
INSERT INTO main.references BY NAME
SELECT paper_id, position, '[' || position || ']' AS label,
    concat_ws('. ', 'Author A, Author B', title, concat('Journal of ', work % 997), year_of(work)) AS citation, title,
    ['Author A', 'Author B'] AS authors, concat('Journal of ', work % 997) AS journal, year_of(work) AS year,
    (work % 90)::VARCHAR AS volume, (work % 900)::VARCHAR AS pages,
    CASE WHEN NOT by_title AND kind < 90 THEN doi(work) END AS doi,
    CASE WHEN NOT by_title AND kind < 70 THEN
        (10000000 + CASE WHEN is_here THEN number(work) ELSE 10 * work + 5 END)::VARCHAR
    END AS pmid,
    CASE WHEN is_here THEN key(work) END AS cited_paper_id, 'jats' AS source,
    CASE WHEN is_here THEN CASE WHEN by_title THEN 'title' ELSE 'doi' END END AS resolved_by
FROM citing
JOIN titles USING (work);
"""
_DERIVED = """
INSERT INTO main.paper_ids
SELECT unnest(['pmcid', 'pmid', 'doi']), unnest([paper_id, pmid, doi]), paper_id FROM chunk;
INSERT INTO ops.title_keys
SELECT paper_id, NULL, title_key, year_of(paper) FROM chunk JOIN titles ON work = paper
UNION ALL
SELECT paper_id, position, title_key, year_of(work) FROM citing JOIN titles USING (work);
CREATE OR REPLACE TEMP TABLE counted AS
SELECT paper, word, sum(times)::INTEGER AS times
FROM (
    SELECT paper, word, 4 * of_heading AS times
    FROM (SELECT paper, phrase_of('title', paper, place) AS phrase FROM chunk, range(1, 4) AS places(place))
    JOIN terms USING (phrase)
    WHERE of_heading > 0
    UNION ALL
    SELECT paper, md5_number_lower(paper::VARCHAR), 4 FROM chunk
    UNION ALL
    SELECT paper, word, 2 * times
    FROM (SELECT paper, phrase_of('abstract', paper, place) AS phrase FROM chunk, range(15) AS places(place))
    JOIN terms USING (phrase)
)
GROUP BY ALL;
INSERT INTO search.postings
SELECT word, numbers, times
FROM (
    SELECT paper // $load AS load, word, list(paper::INTEGER + 1) AS numbers, list(times) AS times
    FROM counted GROUP BY ALL
)
ORDER BY load;
INSERT INTO search.lengths
SELECT paper_id, paper::INTEGER + 1, sum(times)::INTEGER FROM counted JOIN chunk USING (paper) GROUP BY ALL;
"""
_BOOKS = """
INSERT INTO main.paper_sources BY NAME
SELECT paper_id, 'jats' AS source, paper_id AS own_id, md5(sha256) AS document_id, sha256 AS content_hash,
    paper_id AS pmcid, pmid, doi, ['title', 'abstract', 'authors', 'references'] AS gave, run_id
FROM chunk;
INSERT INTO ops.documents BY NAME
SELECT md5(sha256) AS document_id, 'jats' AS source, concat('made/', paper_id, '.xml') AS source_id, 'jats' AS kind,
    concat('made/', paper_id, '.xml') AS url, sha256, 90000 AS bytes, loaded_at AS fetched_at, run_id, 1 AS papers,
    0 AS rejected
FROM chunk;
INSERT INTO ops.arrivals SELECT paper_id, loaded_at, run_id FROM chunk;
INSERT INTO ops.loads
SELECT run_id, loaded_at, count(*), count(*), 5 * count(*), 10 * count(*), 20 * count(*), 0, count(*), count(*), 0,
    count(*), 2 * count(*)
FROM chunk GROUP BY ALL;
"""
_MAPPINGS = """
INSERT INTO main.concept_mappings
SELECT 'mondo_mesh', 'MONDO:' || (9000000 + rank), 'named concept ' || rank, 'MESH:D' || (100000 + rank),
    'named concept ' || rank
FROM range(0, 8000, 4) AS ranks(rank);
"""
_RUNS = """
INSERT INTO ops.runs BY NAME
SELECT run_id, run_id AS flow_run_id, 'ingest' AS flow, 'made' AS topic, min(loaded_at) AS started_at,
    max(loaded_at) AS finished_at, 'done' AS status, sum(papers) AS fetched, sum(papers) AS loaded, 0 AS unchanged,
    0 AS rejected
FROM ops.loads GROUP BY run_id;
"""


def make(layout: Layout, papers: int, seed: int = 1) -> Iterator[int]:
    """Make a build file, which must not be there yet, and publish it. Yields how many papers there are so far."""
    clear_work(layout)
    with open_build(layout) as con:
        con.execute("SET memory_limit = '4GB'")
        _execute(
            con,
            _POOLS,
            seed=seed,
            papers=papers,
            words=WORDS,
            phrases=PHRASES,
            ranks=list(ASKED),
            asked=list(ASKED.values()),
        )
        con.execute(_MAPPINGS)
        for first in range(0, papers, CHUNK):
            with transaction(con):
                _make_chunk(con, first, min(first + CHUNK, papers))
            yield min(first + CHUNK, papers)
        with transaction(con):
            con.execute(_RUNS)
            note_setting(con, DERIVATION, sql_hash(*STEPS))
            note_setting(con, NUMBERS, str(papers))
    publish(layout)


def _make_chunk(con: Connection, first: int, last: int) -> None:
    _execute(con, _CHUNK, first=first, last=last, chunk=CHUNK, load=LOAD)
    con.execute(_TITLES)
    _execute(con, _PAPERS, ranks=list(NAMED), named=list(NAMED.values()))
    _execute(con, _DERIVED, load=LOAD)
    con.execute(_BOOKS)


def _execute(con: Connection, sql: str, **parameters: object) -> None:
    """Run several statements, each with those of the parameters that it names."""
    for statement in duckdb.extract_statements(sql):
        names = statement.named_parameters
        con.execute(statement, {name: parameters[name] for name in names} or None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--papers", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.process_time()
    for papers in make(Layout(options.directory), options.papers, options.seed):
        print(f"{papers:>9,} papers, {time.process_time() - began:.0f} s of the processors", flush=True)


if __name__ == "__main__":
    main()
