"""Say what the warehouse holds, what was set aside, and try the latter again."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.terminal import output, visible
from flows.topics import find_gone
from schemas.config import load_config
from warehouse.layout import Layout
from warehouse.lookup import lookup
from warehouse.reading import open_current, open_published
from warehouse.store import writer_lock

#: Rejects that are listed on a terminal; `--json` gives all.
SHOWN = 50
ALL = 2**62


def show_status(config: str | None, as_json: bool) -> int:
    """Print tables, last runs, watermarks, backfills, topics that are gone, and rejects by reason."""
    settings = load_config(config)
    layout = Layout(settings.directory)
    with open_current(layout) as con:
        status: dict[str, Any] = {
            "published": str(layout.published.resolve()),
            "tables": {row["table_name"]: row["rows"] for row in lookup(con, "table_counts")},
            "last_runs": lookup(con, "last_runs"),
            "watermarks": lookup(con, "watermarks"),
            "retries": lookup(con, "retries"),
            "rejects": lookup(con, "rejects_by_reason", run_ids=[]),
            "conflicts": lookup(con, "conflicts"),
            "vocabularies": lookup(con, "vocabularies"),
            "backfills": lookup(con, "backfills"),
            "gone_topics": find_gone(settings, lookup(con, "topic_papers")),
        }
    if as_json:
        print(json.dumps(status, default=str, indent=2, ensure_ascii=False), file=output())
        return 0
    print(f"published {status['published']}")
    print("  ".join(f"{name} {rows:,}" for name, rows in status["tables"].items()))
    _print_rows("last runs", status["last_runs"])
    _print_rows("watermarks", status["watermarks"])
    _print_rows("vocabularies", status["vocabularies"])
    backfills = [{name: row[name] for name in row if name != "query"} for row in status["backfills"]]
    _print_rows("backfills (their windows in ops.backfills)", backfills)
    _print_rows("topics no longer in the configuration; their papers stay", status["gone_topics"])
    _print_rows("could not be had, tried again later", status["retries"])
    _print_rows("ids that sources claim for several papers, which were not merged", status["conflicts"][:SHOWN])
    _print_rows("rejected rows by reason (paperhouse rejects lists them)", status["rejects"])
    return 0


def show_rejects(config: str | None, as_json: bool) -> int:
    """Print what is in quarantine."""
    with open_current(Layout(load_config(config).directory)) as con:
        rows = lookup(con, "rejects", run_ids=[], most=ALL)
    if as_json:
        print(json.dumps(rows, default=str, indent=2, ensure_ascii=False), file=output())
        return 0
    columns = ["source", "source_id", "table_name", "column_name", "check", "value"]
    _print_rows("", [{column: row[column] for column in columns} for row in rows[:SHOWN]])
    if not rows:
        print("nothing is set aside")
    elif len(rows) > SHOWN:
        print(f"({SHOWN} of {len(rows):,}; --json gives all, with the rows)")
    return 0


def replay_rejects(config: str | None) -> int:
    """Parse and validate the documents in quarantine again, load what passes, and publish."""
    from tasks.replay import replay
    from warehouse.publish import publish

    settings = load_config(config)
    layout = Layout(settings.directory)
    with writer_lock(layout, "paperhouse rejects --replay"):
        counts = replay(layout, settings.merging)
        if counts.fetched:
            publish(layout)
    print(f"{counts.fetched:,} tried again: {counts.loaded:,} loaded, {counts.unchanged:,} unchanged, ", end="")
    print(f"{counts.rejected:,} still rejected")
    return 0


def withdraw_source(config: str | None, source: str) -> int:
    """Take back all that a source said, and publish."""
    from tasks.reconsider import withdraw
    from warehouse.publish import publish

    settings = load_config(config)
    layout = Layout(settings.directory)
    open_published(layout).close()  # there must be something to take back from
    with writer_lock(layout, f"paperhouse withdraw {source}"):
        told, gone = withdraw(layout, source, settings.merging)
        publish(layout)
    print(f"{source} had told of {told:,} papers: {gone:,} are gone, {told - gone:,} stay with what others say of them")
    return 0


def _print_rows(title: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    table = Table(*rows[0], box=None, title=title or None, title_justify="left", pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else visible(str(value)) for value in row.values()))
    print()
    Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False).print(table)
