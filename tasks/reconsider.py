"""Reconsider papers of which nothing new is told: a source is withdrawn, configuration or version have changed."""

from datetime import UTC, datetime
from uuid import uuid4

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.config import Merging
from schemas.errors import StorageError
from schemas.ops import Documents
from schemas.sources import BELONGING
from schemas.tables import PaperSources, empty, polars_schema
from tasks.load import stamped
from tasks.unite import unite
from warehouse.layout import Layout
from warehouse.load import Connection, Load, transaction
from warehouse.load import load as write
from warehouse.lookup import lookup
from warehouse.migrate import UNPARSED
from warehouse.runs import Counts, Run, finish_run, start_run
from warehouse.search import index_papers, indexed_by, start_over
from warehouse.settings import forget_setting, note_setting, read_setting
from warehouse.sql import read_sql, sql_files
from warehouse.store import clear_work, open_build

#: Papers a load.
BATCH = 500
#: The setting that papers of several sources were merged by.
MERGING = "merging"


@task(name="merge again", task_run_name="merge again", cache_policy=NO_CACHE)
def merge_again(layout: Layout, merging: Merging) -> int:
    """Merge the papers of several sources anew where the configured order is not the one they were merged by.

    Returns how many. A run that dies is taken up by the next one.
    """
    with open_build(layout) as con:
        wanted = merging.model_dump_json()
        if (read_setting(con, MERGING) or Merging().model_dump_json()) == wanted:
            return 0
        papers = [row["paper_id"] for row in lookup(con, "papers_of_several")]
        run = _begin(con, "merge again")
        for start in range(0, len(papers), BATCH):
            _reload(con, layout, run, merging, papers[start : start + BATCH], empty(PaperSources))
        finish_run(con, run, Counts(), None)
        note_setting(con, MERGING, wanted)
    return len(papers)


@task(name="parse again", task_run_name="parse again", cache_policy=NO_CACHE)
def parse_again(layout: Layout, merging: Merging) -> list[str]:
    """Parse papers again, from landing, that were written before a migration brought columns that parsers fill.

    Returns why some of them could not be, a line each: they keep null there, and the next run tries again. A run that
    dies is taken up by the next one.
    """
    with open_build(layout) as con:
        if read_setting(con, UNPARSED) is None:
            return []
        papers = [row["paper_id"] for row in lookup(con, "papers_unparsed", setting=UNPARSED)]
        run = _begin(con, "parse again")
        failures = []
        for start in range(0, len(papers), BATCH):
            try:
                _reload(con, layout, run, merging, papers[start : start + BATCH], empty(PaperSources))
            except StorageError as error:
                failures.append(f"papers are not parsed again: {error}")
        finish_run(con, run, Counts(), failures[0] if failures else None)
        if not failures:
            forget_setting(con, UNPARSED)
    return failures


@task(name="index again", task_run_name="index again", cache_policy=NO_CACHE)
def index_again(layout: Layout, search: str) -> int:
    """Index the papers that search() shall find and that are not indexed, or not as the configuration says.

    search: ``warehouse.search`` of the configuration. Returns how many. A run that dies is taken up by the next one.
    """
    with open_build(layout) as con:
        if indexed_by(con) != search:
            with transaction(con):
                start_over(con, search)
        if search == "off":
            return 0
        papers = [row["paper_id"] for row in lookup(con, "papers_unindexed")]
        for start in range(0, len(papers), BATCH):
            with transaction(con):
                index_papers(con, papers[start : start + BATCH])
    return len(papers)


def withdraw(layout: Layout, source: str, merging: Merging) -> tuple[int, int]:
    """Take back all that a source said. The caller is the only writer.

    What others said of the same papers stays; papers of which nobody else tells go. Its documents stay landed, and a
    later run of its topics loads them anew. Returns how many papers it had told of, and how many of them went.
    """
    clear_work(layout)
    sources = [source, *(name for name, record in BELONGING.items() if record == source)]
    with open_build(layout) as con:
        claims = pl.DataFrame(lookup(con, "claims_of_sources", sources=sources), schema=polars_schema(PaperSources))
        papers = claims["paper_id"].unique(maintain_order=True).to_list()
        run = _begin(con, "withdraw")
        for start in range(0, len(papers), BATCH):
            some = papers[start : start + BATCH]
            _reload(con, layout, run, merging, some, claims.filter(pl.col("paper_id").is_in(some)))
        with transaction(con):
            for name in sql_files("withdrawal"):
                con.execute(read_sql("withdrawal", name), {"sources": sources})
        finish_run(con, run, Counts(), None)
        return len(papers), len(papers) - len(lookup(con, "papers_there", papers=papers))


def _begin(con: Connection, flow: str) -> Run:
    run = Run(f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{flow.replace(' ', '-')}-{uuid4().hex[:6]}", uuid4().hex, flow, None)
    start_run(con, run)
    return run


def _reload(
    con: Connection, layout: Layout, run: Run, merging: Merging, papers: list[str], withdrawn: pl.DataFrame
) -> None:
    united = unite(con, layout, {}, [], merging, withdrawn, papers)
    united.leave_out(united.undescribed())
    write(con, Load(**stamped(united, run), documents=empty(Documents), rejects=united.rejects), run, Counts())
