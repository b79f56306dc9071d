"""What a run did, as read once from what it published: for the terminal, the reports and the alarms."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.terminal import say_error
from schemas.alarms import Alarms
from schemas.tables import Papers
from tasks.alarms import Alarm, look
from tasks.runs import TopicResult
from warehouse.layout import Layout
from warehouse.lookup import lookup
from warehouse.reading import open_published
from warehouse.runs import Counts

#: Rejects that a summary shows; `paperhouse rejects` shows all.
SHOWN_REJECTS = 100
SHOWN_ON_TERMINAL = 10
#: New papers, days and runs that a report shows.
SHOWN_PAPERS, SHOWN_DAYS, SHOWN_RUNS = 20, 30, 30

HEADINGS = ["topic", "status", "fetched", "loaded", "unchanged", "rejected", "took"]

Rows = list[dict[str, Any]]


@dataclass
class Published:
    """What the published warehouse says after a run, of the run and of those before it; see warehouse/lookups.

    tables: rows by table. rejects: the first rows of the quarantine, what gave no paper first. reasons: all of it,
    counted by reason. earlier: the run of each topic before.
    """

    path: Path
    tables: dict[str, int]
    rejects: Rows
    reasons: Rows
    loads: Rows
    new_papers: Rows
    earlier: Rows
    days: Rows
    quality: Rows


@dataclass
class Summary:
    """What became of a run: its topics, the alarms, and what is published.

    before: rows by table as published before the run. warnings: what else went wrong, and stopped no topic, a line
    each.
    """

    topics: list[TopicResult]
    before: dict[str, int]
    alarms: list[Alarm]
    published: Published
    warnings: Sequence[str] = ()

    @property
    def failed(self) -> list[TopicResult]:
        return [result for result in self.topics if result.error]

    @property
    def fails(self) -> bool:
        """Whether the run ends as failed, which the alarms decide."""
        return any(alarm.fails for alarm in self.alarms)

    @property
    def counts(self) -> Counts:
        """The sums over all topics."""
        return sum((result.counts for result in self.topics), Counts())

    def one_line(self) -> str:
        """The state's message in Prefect: the alarms that fail the run, or the sums and what it is warned of."""
        if self.fails:
            return "; ".join(f"{alarm.message} (alarm {alarm.name})" for alarm in self.alarms if alarm.fails)
        total = self.counts
        sums = f"{total.loaded:,} loaded, {total.unchanged:,} unchanged, {total.rejected:,} rejected"
        return "; warning: ".join([sums, *(alarm.message for alarm in self.alarms)])

    def rows(self) -> list[list[str]]:
        """The counts by topic, as table rows below ``HEADINGS``."""
        return [
            [result.run.topic, "failed" if result.error else "done"]
            + [f"{count:,}" for count in (result.counts.fetched, result.counts.loaded, result.counts.unchanged)]
            + [f"{result.counts.rejected:,}", f"{result.seconds:.1f} s"]
            for result in self.topics
        ]

    def set_aside(self) -> str:
        """How many rows and values were set aside, by table and column."""
        counts = Counter[str]()
        for reason in self.published.reasons:
            counts[".".join(filter(None, (reason["table_name"], reason["column_name"])))] += reason["rows"]
        what = ", ".join(f"{name} {rows:,}" for name, rows in counts.most_common())
        return f"set aside {counts.total():,}: {what} (`paperhouse rejects` says why)"


def summarise(
    layout: Layout, alarms: Alarms, topics: list[TopicResult], before: dict[str, int], warnings: Sequence[str] = ()
) -> Summary:
    """Read, once, what is published after a run, and raise the alarms.

    before: what ``published_tables`` gave before the run published. warnings: as ``Summary`` has them.
    """
    run_ids = [result.run.run_id for result in topics]
    with open_published(layout) as con:
        published = Published(
            path=layout.published,
            tables=_tables(lookup(con, "table_counts")),
            rejects=lookup(con, "rejects", run_ids=run_ids, most=SHOWN_REJECTS),
            reasons=lookup(con, "rejects_by_reason", run_ids=run_ids),
            loads=lookup(con, "loads_of_runs", run_ids=run_ids),
            new_papers=lookup(con, "new_papers", run_ids=run_ids, most=SHOWN_PAPERS),
            earlier=lookup(con, "earlier_runs", run_ids=run_ids),
            days=lookup(con, "papers_by_day", days=SHOWN_DAYS),
            quality=lookup(con, "quality_history", most=SHOWN_RUNS),
        )
        last_given = lookup(con, "last_given", topics=[result.run.topic for result in topics])
    given = {row["topic"]: row["last_given"] for row in last_given}
    return Summary(topics, before, look(alarms, topics, given, before, published.tables), published, warnings)


def gave_no_paper(reject: dict[str, Any]) -> bool:
    """Whether a row of the quarantine stands for a paper, or a document, that is not in the warehouse."""
    if reject["table_name"] == "papers":
        return not Papers.to_schema().columns[reject["column_name"]].nullable
    return bool(reject["table_name"] == "documents")


def published_tables(layout: Layout) -> dict[str, int]:
    """Rows by table of what is published now; nothing where that is nothing yet."""
    if not layout.published.exists():
        return {}
    with open_published(layout) as con:
        return _tables(lookup(con, "table_counts"))


def _tables(rows: Rows) -> dict[str, int]:
    return {row["table_name"]: row["rows"] for row in rows}


def _reason(reject: dict[str, Any]) -> str:
    """Why a paper is not in the warehouse, on one line."""
    if reject["check"] == "not_nullable":
        return f"has no {reject['column_name']}; a paper must have one"
    return " ".join((reject["value"] or reject["check"]).split())


def print_summary(summary: Summary) -> None:
    """The counts by topic and table on standard output, what was set aside and what failed on standard error."""
    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="left" if place < 2 else "right", no_wrap=True)
    for row in summary.rows():
        table.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, markup=False)
    console.print(table)
    console.print()
    console.print("  ".join(f"{name} {rows:,}" for name, rows in summary.published.tables.items()))
    console.print(f"published {summary.published.path}", soft_wrap=True)
    if summary.published.reasons:
        console.print(summary.set_aside(), soft_wrap=True)
    gave_nothing = [row for row in summary.published.rejects if gave_no_paper(row)]
    for row in gave_nothing[:SHOWN_ON_TERMINAL]:
        say_error(f"rejected: {row['source_id']}: {_reason(row)[:300]}")
    if len(gave_nothing) > SHOWN_ON_TERMINAL:
        say_error("rejected: and more; `paperhouse rejects` lists all")
    for warning in summary.warnings:
        say_error(f"paperhouse: {warning}")
    for result in summary.failed:
        say_error(f"paperhouse: topic {result.run.topic} failed: {result.error}")
    for alarm in summary.alarms:
        if alarm.name != "topic_failed":
            say_error(f"paperhouse: {'alarm' if alarm.fails else 'warning'}: {alarm.message}")
