"""Maintain: give back what the warehouse and the Prefect server do not need any more."""

from datetime import UTC, datetime
from typing import Annotated

from prefect import flow, get_run_logger
from prefect.runtime import flow_run
from prefect.states import Failed, State
from pydantic import Field

from flows.hooks import tell_webhook
from flows.outcome import Outcome
from schemas.config import Config, load_config
from schemas.errors import PaperhouseError
from schemas.parameters import Maintenance
from tasks.maintain import compact, tidy_index, tidy_landing, tidy_snapshots
from tasks.publish import publish
from tasks.runs import begin_runs
from tasks.server import tidy_server
from tasks.writer import only_writer
from warehouse.compact import Size
from warehouse.layout import Layout
from warehouse.reading import open_published
from warehouse.retention import Removed


def _run_name() -> str:
    dry = "dry run " if flow_run.parameters["wanted"].dry_run else ""
    return f"{dry}{datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(name="maintain", flow_run_name=_run_name, on_failure=[tell_webhook], on_crashed=[tell_webhook])
def maintain(
    wanted: Maintenance = Maintenance(),  # noqa: B008  (frozen)
    config: str | None = None,
    wait_seconds: Annotated[float, Field(ge=0, le=86400)] = 0,
) -> State[Outcome]:
    """Tidy up: compact the warehouse file when that pays, remove what is too old.

    By default a dry run that says what would be done. Landed documents, snapshots and the server's runs are kept for
    good unless a number of days is given; a landed document that a paper, a reject or a retry refers to always is.

    Args:
        wanted: What to tidy up, and whether to do it.
        config: Configuration file; PAPERHOUSE_CONFIG or paperhouse.yaml where it is empty.
        wait_seconds: How long to wait for another run that writes the warehouse.
    """
    try:
        settings = load_config(config)
        open_published(Layout(settings.directory)).close()  # there must be something to tidy up
        with only_writer(Layout(settings.directory), f"run {flow_run.name}", wait_seconds):
            lines = tidy_warehouse(settings, wanted)
        if wanted.server_days:
            lines.append(f"server: {tidy_server(wanted.server_days, wanted.dry_run):,} old flow runs")
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    for line in lines:
        get_run_logger().info(line)
    return Outcome("; ".join(lines) + ("; nothing was changed (a dry run)" if wanted.dry_run else ""), lines).state()


def tidy_warehouse(config: Config, wanted: Maintenance) -> list[str]:
    """Tidy up the files and publish what is left. The caller is the only writer. Returns a line each."""
    layout = Layout(config.directory)
    begin_runs(layout)
    lines = []
    if wanted.landing_days:
        removed = tidy_landing(layout, wanted.landing_days, wanted.dry_run)
        lines.append(f"landing: {_amount(removed)} that nothing refers to")
    if not wanted.dry_run and tidy_index(layout):
        lines.append("index of search: merged")
    before, after = compact(layout, wanted)
    lines.append(f"warehouse: {_size(before, after)}")
    if not wanted.dry_run:
        publish(layout)
    if wanted.snapshot_days:
        lines.append(f"snapshots: {_amount(tidy_snapshots(layout, wanted.snapshot_days, wanted.dry_run))}")
    return lines


def _amount(removed: Removed) -> str:
    return f"{removed.files:,} files, {removed.bytes / 1e6:,.1f} MB"


def _size(before: Size, after: Size | None) -> str:
    line = f"{before.bytes / 1e6:,.1f} MB, {100 * before.share:.0f} % of it free"
    return line if after is None else f"{line}; rebuilt, {after.bytes / 1e6:,.1f} MB now"
