"""Report a run: its artifacts in the Prefect UI, its line in the log, and the state that it ends in.

Any flow that ends with a ``Summary`` calls ``report`` and returns ``ended``. The artifacts' keys are the same every
run, so that the UI keeps their history: ``<flow>-summary``, ``<flow>-rejects``, ``papers-by-day``, ``data-quality``,
``warehouse-file``.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import get_run_logger
from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)
from prefect.runtime import flow_run
from prefect.states import Completed, Failed, State

from flows.progress import artifact_key, shown_where_possible
from flows.summary import HEADINGS, SHOWN_DAYS, Rows, Summary
from tasks.reports.markdown import paper_link, plain, table
from tasks.reports.pictures import bars, lines
from tasks.steps import slowest_steps
from warehouse.runs import Counts

SLOWEST = 5
#: Reasons for rejects that the report lists; the table of rejects and `paperhouse rejects` have more.
SHOWN_REASONS = 20

#: The shares of the quality report: what lookups/quality_history.sql calls them, and what they mean.
QUALITY = {
    "doi": "DOI",
    "abstract": "abstract",
    "full_text": "full text",
    "entities": "entities",
    "references_resolved": "references resolved",
    "rejected": "rejected",
}


def report(summary: Summary) -> None:
    """Say what a run did and what it is warned of, and leave its artifacts."""
    log = get_run_logger()
    for alarm in summary.alarms:
        (log.error if alarm.fails else log.warning)("alarm %s: %s", alarm.name, alarm.message)
    with shown_where_possible("the report of the run"):
        leave_artifacts(summary)
    log.info(summary.one_line())


def leave_artifacts(summary: Summary) -> None:
    """Report, rejects, picture, data quality and the published file, as artifacts of the run."""
    name = str(flow_run.flow_name)
    summary_key, rejects_key = artifact_key(name, "summary"), artifact_key(name, "rejects")
    steps = slowest_steps(str(flow_run.id), SLOWEST)
    picture = days_picture(summary)
    create_markdown_artifact(
        run_report(summary, steps, picture),
        key=summary_key,
        description="What the run did, and what is new",
    )
    create_table_artifact(reject_rows(summary), key=rejects_key, description="What the run set aside, and why")
    create_image_artifact(picture, key="papers-by-day", description=f"Papers written in the last {SHOWN_DAYS} days")
    create_markdown_artifact(
        quality_report(summary), key="data-quality", description="How complete the papers are that each run wrote"
    )
    path = summary.published.path.absolute()
    create_link_artifact(
        path.as_uri(), key="warehouse-file", link_text=str(path), description="The published warehouse: open a copy"
    )


def ended(summary: Summary) -> State[Summary]:
    """The state that a run ends in: failed where an alarm says so; what was loaded stays."""
    return (Failed if summary.fails else Completed)(message=summary.one_line(), data=summary)


def reject_rows(summary: Summary) -> list[dict[str, str]]:
    """What was set aside in this run, a row each, without the rows' own content; a cell is Markdown to the UI."""
    columns = ["source_id", "table_name", "column_name", "check", "value"]
    return [{column: plain(row[column]) for column in columns} for row in summary.published.rejects]


def run_report(summary: Summary, steps: list[tuple[str, float]], picture: str) -> str:
    """What a run did, as Markdown. steps: names and seconds of the slowest. picture: address of the bars by day."""
    parts = [
        [f"# {plain(summary.one_line(), 1000)}"],
        _alarms(summary),
        [f"- **warning**: {plain(warning, 1000)}" for warning in summary.warnings],
        table(HEADINGS, ([plain(cell) for cell in row] for row in summary.rows()), texts=2),
        _written(summary.published.loads),
        _new_papers(summary),
        [f"![Papers by day]({picture})"],
        _changes(summary),
        _set_aside(summary.published.reasons),
        _steps(steps),
        _warehouse(summary),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def quality_report(summary: Summary) -> str:
    """How complete what this run wrote is, next to the runs before, and the topics' rates of rejects, as Markdown."""
    history = summary.published.quality
    shown = [*reversed(history)]
    runs = [f"{run['started_at']:%Y-%m-%d %H:%M}" for run in shown]
    picture = lines("Shares by run", runs, {name: [run[key] for run in shown] for key, name in QUALITY.items()})
    rates = [
        [
            plain(result.run.topic),
            f"{result.counts.fetched:,}",
            _share(_rejected(result.counts)),
        ]
        for result in summary.topics
    ]
    parts = [
        ["# Data quality"],
        ["Shares of the papers that a run wrote, of their references, and of what it fetched, the newest run first."],
        [f"![Shares by run]({picture})"],
        table(
            ["run", "papers", *QUALITY.values()],
            (
                [f"{run['started_at']:%Y-%m-%d %H:%M}", f"{run['papers']:,}", *(_share(run[key]) for key in QUALITY)]
                for run in history
            ),
        ),
        ["## Rejected, by topic, in this run"],
        table(["topic", "fetched", "rejected"], rates),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def days_picture(summary: Summary) -> str:
    """Bars of the papers written on each of the last days; the address of the picture."""
    found = {row["day"]: row for row in summary.published.days}
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=ago) for ago in reversed(range(SHOWN_DAYS))]
    nothing = {"new_papers": 0, "changed_papers": 0}
    series = {
        name: [int(found.get(day, nothing)[key]) for day in days]
        for key, name in (("new_papers", "new"), ("changed_papers", "changed"))
    }
    return bars("Papers written by day (UTC)", [str(day) for day in days], series)


def _alarms(summary: Summary) -> list[str]:
    return [
        f"- **{'failed' if alarm.fails else 'warning'}**, {plain(alarm.name)}: {plain(alarm.message, 1000)}"
        for alarm in summary.alarms
    ]


def _written(loads: Rows) -> list[str]:
    if not loads:
        return []
    headings = ["topic", "papers", "new papers", "authors", "entities", "references", "sections"]
    rows = ([plain(row["topic"]), *(f"{row[name.replace(' ', '_')]:,}" for name in headings[1:])] for row in loads)
    return ["## Rows written", "", *table(headings, rows)]


def _new_papers(summary: Summary) -> list[str]:
    new = sum(row["new_papers"] for row in summary.published.loads)
    shown = summary.published.new_papers
    if not shown:
        return []
    items = [f"- {_paper(row)}" for row in shown]
    more = new - len(shown)
    return [
        f"## New papers: {new:,}",
        "",
        *items,
        *([f"- and {more:,} more: `SELECT * FROM papers ORDER BY updated_at DESC`"] if more > 0 else []),
    ]


def _paper(row: dict[str, Any]) -> str:
    published = f", {row['published']:%Y}" if row["published"] else ""
    address = paper_link(row["paper_id"], row["pmcid"], row["pmid"], row["doi"])
    return f"{address}: {plain(row['title'])}{published}"


def _changes(summary: Summary) -> list[str]:
    """How the topics' counts differ from those of their run before."""
    earlier = {row["topic"]: row for row in summary.published.earlier}
    rows = []
    for result in summary.topics:
        if result.run.topic in earlier:
            before, now = earlier[result.run.topic], result.counts
            counts = ("fetched", "loaded", "unchanged", "rejected")
            changes = [f"{getattr(now, count) - before[count]:+,}" for count in counts]
            rows.append([plain(result.run.topic), f"{before['started_at']:%Y-%m-%d %H:%M}", before["status"], *changes])
    if not rows:
        return []
    headings = ["topic", "last run", "was", "fetched", "loaded", "unchanged", "rejected"]
    return ["## Against the last run", "", *table(headings, rows, texts=3)]


def _set_aside(reasons: Rows) -> list[str]:
    if not reasons:
        return []
    keys = ["table_name", "column_name", "check", "example", "rows"]
    rows = [[plain(reason[key]) for key in keys] for reason in reasons[:SHOWN_REASONS]]
    more = len(reasons) - len(rows)
    return [
        "## Set aside, by reason",
        "",
        *table(["table", "column", "check", "example", "rows"], rows, texts=4),
        *(["", f"And {more:,} more reasons: `paperhouse status`."] if more > 0 else []),
    ]


def _steps(steps: list[tuple[str, float]]) -> list[str]:
    if not steps:
        return []
    return ["## Slowest steps", "", *table(["step", "took"], ([plain(name), f"{took:.1f} s"] for name, took in steps))]


def _warehouse(summary: Summary) -> list[str]:
    rows = (
        [name, f"{rows:,}", f"{rows - summary.before[name]:+,}" if name in summary.before else "new"]
        for name, rows in summary.published.tables.items()
    )
    path = plain(summary.published.path, 1000)
    return ["## The warehouse now", "", *table(["table", "rows", "change"], rows), "", f"Published as {path}"]


def _rejected(counts: Counts) -> float | None:
    return counts.rejected / counts.fetched if counts.fetched else None


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
