"""How references resolve: how many and by what, how right titles are, and what it costs a load.

usage: python benchmarks/resolution.py --corpus CORPUS [CORPUS ...] [--grow REFERENCES ...]

CORPUS is anything that a topic of source jats reads: a folder, a file, an archive. The articles are landed, parsed,
validated and loaded into a warehouse of the benchmark's own, as an ingest does, without Prefect.

Titles are judged by ids: those of all references are hidden, and everything is resolved by title. A match is right
where an id of the reference is the paper's, wrong where the paper has another one of the kind, and open where the
two have no kind of id in common. --grow: adds made-up references (and a paper for each 40) until there are so many,
and loads one batch of the corpus again. Seconds are CPU seconds of all threads: the machine may be a shared one.
"""

import argparse
import io
import itertools
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from measures.timed import Timed

from schemas.config import Merging
from tasks.batches import Batch, Parsed
from tasks.load import load_valid
from tasks.parse import parse_landed
from tasks.sources.documents import RawDocument
from tasks.sources.jats import iter_files
from tasks.validate import validate_parsed
from warehouse import load as loading
from warehouse.derive import derive
from warehouse.landing import Landed, Landing, document_id
from warehouse.layout import Layout
from warehouse.runs import Counts, Run, start_run
from warehouse.store import clear_work, open_build

BATCH = 500
RUN = Run("benchmark", "benchmark", "ingest", "benchmark")

_JUDGED = """
WITH said AS (
    UNPIVOT (SELECT paper_id, position, doi, pmid, pmcid FROM ids) ON doi, pmid, pmcid INTO NAME scheme VALUE value
), matches AS (
    SELECT
        cited.paper_id, cited.position,
        coalesce(bool_or(known.value = said.value), false) AS same,
        coalesce(bool_or(known.value IS NOT NULL), false) AS common
    FROM main.references AS cited
    LEFT JOIN said USING (paper_id, position)
    LEFT JOIN main.paper_ids AS known ON known.paper_id = cited.cited_paper_id AND known.scheme = said.scheme
    WHERE cited.resolved_by = 'title'
    GROUP BY ALL
)
SELECT count(*), count(*) FILTER (same), count(*) FILTER (common AND NOT same), count(*) FILTER (NOT common)
FROM matches
"""
_MADE_UP_PAPERS = """
INSERT INTO main.papers BY NAME
SELECT 'PMID:' || (500000000 + n) AS paper_id, (500000000 + n)::VARCHAR AS pmid, '10.1/made.' || n AS doi,
    'Made up title number ' || n AS title, false AS has_full_text, 'made' AS source, now() AS fetched_at,
    now() AS updated_at, '' AS content_hash, 'made' AS run_id
FROM range($first, $last) AS made(n);
"""
_MADE_UP_IDS = """
INSERT INTO main.paper_ids
SELECT unnest(['pmid', 'doi']), unnest([(500000000 + n)::VARCHAR, '10.1/made.' || n]), 'PMID:' || (500000000 + n)
FROM range($first, $last) AS made(n);
"""
_MADE_UP_TITLES = """
INSERT INTO ops.title_keys
SELECT 'PMID:' || (500000000 + n // 41), nullif(n % 41, 0), hash(n), 2000 + n % 20
FROM range($first * 41, $last * 41) AS made(n);
"""
_MADE_UP_REFERENCES = """
INSERT INTO main.references BY NAME
SELECT 'PMID:' || (500000000 + n // 40) AS paper_id, 1 + n % 40 AS position, '10.2/cited.' || n AS doi,
    n::VARCHAR AS pmid, 'A made up reference that somebody cites, number ' || n AS citation, 'made' AS source
FROM range($first * 40, $last * 40) AS made(n);
"""


def batches(layout: Layout, corpus: Path) -> Iterator[Parsed]:
    """The articles of a corpus, landed, parsed and validated."""
    landing, documents = Landing(layout.landing), iter_files([corpus], corpus.parent)
    for number in itertools.count(1):
        lines = []
        for document in itertools.islice(documents, BATCH):
            assert isinstance(document, RawDocument)
            stored = landing.store(io.BytesIO(document.body.read()))
            key, now = document_id(document.source, document.url, stored.sha256), datetime.now(UTC).isoformat()
            lines.append(
                Landed(key, document.source, document.source_id, document.kind, document.url, stored.sha256,
                       stored.bytes, now, RUN.run_id)
            )  # fmt: skip
        if not lines:
            return
        journal = landing.write_journal(f"{corpus.name}.{number}", lines)
        yield validate_parsed(parse_landed(layout, Batch(f"{corpus.name} {number}", journal)))


def load_corpus(layout: Layout, corpora: list[Path]) -> None:
    """Load everything, and print what share of the time of the loads went into what is derived."""
    began, loads = time.process_time(), 0.0
    deriving = Timed(derive)
    loading.derive = deriving
    for corpus in corpora:
        for valid in batches(layout, corpus):
            start = time.process_time()
            load_valid(layout, valid, RUN, Counts(), True, Merging())
            loads += time.process_time() - start
    whole = time.process_time() - began
    print(f"land, parse, validate, load: {whole:.1f} s; the loads {loads:.1f} s; deriving {deriving.seconds:.2f} s,")
    print(f"{deriving.seconds / loads:.1%} of the loads, {deriving.seconds / whole:.1%} of all")


def resolve_again(con: duckdb.DuckDBPyConnection) -> float:
    """Derive everything for all papers; returns the seconds."""
    start = time.process_time()
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT paper_id FROM main.papers")
    con.execute("CREATE OR REPLACE TEMP TABLE replaced AS FROM touched")
    derive(con)
    return time.process_time() - start


def judge_titles(con: duckdb.DuckDBPyConnection) -> None:
    """Hide all ids, resolve by title, and judge the matches by the ids."""
    con.execute("BEGIN")
    con.execute("CREATE TEMP TABLE ids AS SELECT * FROM main.references")
    ((by_id,),) = con.execute("SELECT count(*) FROM ids WHERE resolved_by <> 'title'").fetchall()
    con.execute("UPDATE main.references SET doi = NULL, pmid = NULL, pmcid = NULL")
    resolve_again(con)
    ((found, right, wrong, open_),) = con.execute(_JUDGED).fetchall()
    ((again,),) = con.execute(
        "SELECT count(*) FROM ids JOIN main.references AS now USING (paper_id, position, cited_paper_id) "
        "WHERE ids.resolved_by <> 'title' AND now.resolved_by = 'title'"
    ).fetchall()
    print(f"ids hidden: {found} references resolve by title: {right} right, {wrong} wrong, {open_} open;")
    print(f"of {by_id} that resolve by id, titles find {again}")
    con.execute("ROLLBACK")


def grow(layout: Layout, corpus: Path, sizes: list[int]) -> None:
    """Print what it costs to derive for one batch again, the larger the warehouse."""
    made = 0
    for size in [0, *sizes]:
        with open_build(layout) as con:
            ((have,),) = con.execute("SELECT count(*) FROM main.references").fetchall()
            more = {"first": made, "last": made + max(size - have, 0) // 40}
            for sql in (_MADE_UP_PAPERS, _MADE_UP_IDS, _MADE_UP_TITLES, _MADE_UP_REFERENCES):
                con.execute(sql, more)
            made = more["last"]
            con.execute("CHECKPOINT")
            ((papers, references),) = con.execute(
                "SELECT (SELECT count(*) FROM main.papers), (SELECT count(*) FROM main.references)"
            ).fetchall()
        valid = next(batches(layout, corpus))
        loading.derive = deriving = Timed(derive)
        start = time.process_time()
        load_valid(layout, valid, RUN, Counts(), True, Merging())
        seconds = time.process_time() - start
        holds = f"{papers:>9,} papers, {references:>10,} references"
        print(f"{holds}: load {seconds:.2f} s, deriving {deriving.seconds:.2f} s")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--corpus", type=Path, required=True, nargs="+")
    arguments.add_argument("--grow", type=int, nargs="*", default=[], metavar="REFERENCES")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="resolution-") as folder:
        layout = Layout(Path(folder))
        clear_work(layout)
        with open_build(layout) as con:
            start_run(con, RUN)
        load_corpus(layout, given.corpus)
        with open_build(layout) as con:
            counted = con.execute(
                "SELECT coalesce(resolved_by, 'nothing'), count(*) FROM main.references GROUP BY ALL ORDER BY 2 DESC"
            ).fetchall()
            print(f"references resolve by: {', '.join(f'{by} {count:,}' for by, count in counted)}")
            judge_titles(con)
        if given.grow:
            grow(layout, given.corpus[0], given.grow)


if __name__ == "__main__":
    main()
