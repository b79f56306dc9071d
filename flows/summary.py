"""What an ingest did, for the terminal and for the Prefect UI."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from schemas.tables import Papers
from warehouse.layout import Layout
from warehouse.lookup import lookup
from warehouse.reading import open_published
from warehouse.runs import Counts, Run

#: Rejects that a summary shows; `paperhouse rejects` shows all.
SHOWN_REJECTS = 100
SHOWN_ON_TERMINAL = 10

HEADINGS = ["topic", "status", "fetched", "loaded", "unchanged", "rejected", "took"]


@dataclass
class TopicResult:
    """What became of a topic. error: why it failed, if it did."""

    run: Run
    counts: Counts
    seconds: float
    error: str | None = None


@dataclass
class Summary:
    """What became of an ingest: its topics, the tables as published, and what its runs set aside.

    warnings: what else went wrong, and stopped no topic, a line each.
    rejects: the first rows of the quarantine, what gave no paper first. reasons: all of it, counted by reason.
    """

    topics: list[TopicResult]
    warnings: list[str] = field(default_factory=list)
    published: Path | None = None
    tables: dict[str, int] = field(default_factory=dict)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)

    @property
    def failed(self) -> list[TopicResult]:
        return [result for result in self.topics if result.error]

    @property
    def loaded(self) -> int:
        """Papers that were written."""
        return sum(result.counts.loaded for result in self.topics)

    def read_published(self, layout: Layout) -> None:
        """Fill in what the published warehouse holds now."""
        self.published = layout.published
        with open_published(layout) as con:
            self.tables = {row["table_name"]: row["rows"] for row in lookup(con, "table_counts")}
            run_ids = [result.run.run_id for result in self.topics]
            self.rejects = lookup(con, "rejects", run_ids=run_ids, most=SHOWN_REJECTS)
            self.reasons = lookup(con, "rejects_by_reason", run_ids=run_ids)

    def one_line(self) -> str:
        """The state's message in Prefect: what failed, or the sums."""
        if self.failed:
            return "; ".join(f"topic {result.run.topic} failed: {result.error}" for result in self.failed)
        total = sum((result.counts for result in self.topics), Counts())
        return f"{total.loaded:,} loaded, {total.unchanged:,} unchanged, {total.rejected:,} rejected"

    def rows(self) -> list[list[str]]:
        """The counts by topic, as table rows below ``HEADINGS``."""
        return [
            [result.run.topic, "failed" if result.error else "done"]
            + [f"{count:,}" for count in (result.counts.fetched, result.counts.loaded, result.counts.unchanged)]
            + [f"{result.counts.rejected:,}", f"{result.seconds:.1f} s"]
            for result in self.topics
        ]

    def reject_rows(self) -> list[dict[str, str]]:
        """What was set aside in this run, a row each, without the rows' own content."""
        columns = ["source_id", "table_name", "column_name", "check", "value"]
        return [{column: str(row[column] or "") for column in columns} for row in self.rejects]

    def set_aside(self) -> str:
        """How many rows and values were set aside, by table and column."""
        counts = Counter[str]()
        for reason in self.reasons:
            counts[".".join(filter(None, (reason["table_name"], reason["column_name"])))] += reason["rows"]
        what = ", ".join(f"{name} {rows:,}" for name, rows in counts.most_common())
        return f"set aside {counts.total():,}: {what} (`paperhouse rejects` says why)"

    def markdown(self) -> str:
        """The report as Markdown."""
        lines = [f"# {self.one_line()}", "", _markdown_row(HEADINGS), _markdown_row(["---"] * len(HEADINGS))]
        lines += [_markdown_row(row) for row in self.rows()]
        if self.failed:
            lines += ["", "## Failed", *(f"- **{result.run.topic}**: {result.error}" for result in self.failed)]
        if self.warnings:
            lines += ["", "## Warnings", *(f"- {warning}" for warning in self.warnings)]
        if self.tables:
            lines += ["", "## The warehouse now", "", "| table | rows |", "| --- | ---: |"]
            lines += [f"| {table} | {rows:,} |" for table, rows in self.tables.items()]
            lines += ["", f"Published as `{self.published}`."]
        if self.reasons:
            lines += ["", "## Set aside", "", "| table | column | check | rows | example |", _markdown_row(["---"] * 5)]
            for reason in self.reasons:
                cells = (reason[key] for key in ("table_name", "column_name", "check", "rows", "example"))
                lines.append(_markdown_row([str(cell or "") for cell in cells]))
        return "\n".join(lines)


def gave_no_paper(reject: dict[str, Any]) -> bool:
    """Whether a row of the quarantine stands for a paper, or a document, that is not in the warehouse."""
    if reject["table_name"] == "papers":
        return not Papers.to_schema().columns[reject["column_name"]].nullable
    return bool(reject["table_name"] == "documents")


def _reason(reject: dict[str, Any]) -> str:
    """Why a paper is not in the warehouse, on one line."""
    if reject["check"] == "not_nullable":
        return f"has no {reject['column_name']}; a paper must have one"
    return " ".join((reject["value"] or reject["check"]).split())


def _markdown_row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


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
    console.print("  ".join(f"{name} {rows:,}" for name, rows in summary.tables.items()))
    console.print(f"published {summary.published}", soft_wrap=True)
    if summary.reasons:
        console.print(summary.set_aside(), soft_wrap=True)
    gave_nothing = [row for row in summary.rejects if gave_no_paper(row)]
    for row in gave_nothing[:SHOWN_ON_TERMINAL]:
        print(f"rejected: {row['source_id']}: {_reason(row)[:300]}", file=sys.stderr)
    if len(gave_nothing) > SHOWN_ON_TERMINAL:
        print("rejected: and more; `paperhouse rejects` lists all", file=sys.stderr)
    for warning in summary.warnings:
        print(f"paperhouse: {warning}", file=sys.stderr)
    for result in summary.failed:
        print(f"paperhouse: topic {result.run.topic} failed: {result.error}", file=sys.stderr)
