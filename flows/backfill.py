"""Backfill: fetch what a topic's query finds of earlier years, in windows of publication days, the newest first."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from prefect.states import Failed, State
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows.hooks import tell_webhook
from flows.outcome import Outcome
from flows.progress import artifact_key, progress_bars, shown_where_possible
from flows.units import WINDOW, Work, new_run
from schemas.config import Config, EuropePmcTopic, load_config
from schemas.errors import PaperhouseError
from schemas.parameters import Backfill
from tasks.backfill import (
    count_papers,
    note_plan,
    note_window,
    searched_topic,
    windows_left,
    windows_left_as_published,
)
from tasks.events import tell_loaded
from tasks.fetch import forget_old_walks
from tasks.parse import parser_processes
from tasks.publish import publish
from tasks.runs import begin_runs
from tasks.sources.catalogue import Unit
from tasks.writer import POLL, only_writer
from warehouse.backfills import Window
from warehouse.layout import Layout
from warehouse.runs import Counts, Run
from warehouse.store import open_build

#: Seconds between two windows, in which a run that waits takes the writer's lock: it looks every POLL.
GIVE_WAY = POLL + 1
#: Seconds that a backfill waits, once it is under way, for the run that it gave way to.
TURN = 6 * 3600
#: Seconds between two publishes while windows are left: each copies the whole file.
PUBLISH_EVERY = 600


def _run_name() -> str:
    wanted = flow_run.parameters["wanted"]
    return f"{wanted.topic} {wanted.first_year}-{wanted.last_year} {datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(
    name="backfill",
    flow_run_name=_run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=WINDOW + 2),
    on_failure=[tell_webhook],
    on_crashed=[tell_webhook],
)
def backfill(
    wanted: Backfill,
    config: str | None = None,
    wait_seconds: Annotated[float, Field(ge=0, le=86400)] = 0,
) -> State[Outcome]:
    """Fetch what a topic's query finds of earlier years.

    Works through windows of publication days, the newest first, as an ingest does. What is done is written down by
    window: a run that is stopped or dies is finished by the next one. The watermark of the nightly runs stays as it
    is, and between two windows they have their turn. A dry run only counts the papers of each window.

    Args:
        wanted: Topic, years, and whether to do it.
        config: Configuration file; PAPERHOUSE_CONFIG or paperhouse.yaml where it is empty.
        wait_seconds: How long to wait for another run that writes the warehouse, before the first window.
    """
    try:
        settings = load_config(config)
        topic = searched_topic(settings, wanted.topic)
        if wanted.dry_run:
            layout = Layout(settings.directory)
            expected = count_papers(settings, topic, windows_left_as_published(layout, topic, wanted))
            outcome = _told(topic, expected)
        else:
            outcome = backfill_topic(settings, topic, wanted, wait_seconds)
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    for line in outcome.lines:
        get_run_logger().info(line)
    return outcome.state()


def _told(topic: EuropePmcTopic, expected: dict[Window, int]) -> Outcome:
    """What a backfill would do."""
    lines = [f"{first} to {last}: {papers:,} papers" for (first, last), papers in expected.items()]
    total = f"{topic.name}: {len(expected):,} windows left with {sum(expected.values()):,} papers"
    return Outcome(f"{total}; nothing was fetched (a dry run)", lines)


def backfill_topic(config: Config, topic: EuropePmcTopic, wanted: Backfill, wait_seconds: float) -> Outcome:
    """Do the windows that are left, one after another, each as the only writer; publish in between, and at the end."""
    layout = Layout(config.directory)
    who = f"run {flow_run.name}"
    with only_writer(layout, who, wait_seconds):
        begin_runs(layout)
        with open_build(layout) as con:
            left = windows_left(con, topic, wanted)
    expected = count_papers(config, topic, left)
    runs, total, errors = list[Run](), Counts(), list[str]()
    reached: dict[str, Any] = {}
    published = time.monotonic()
    with parser_processes() as pool, progress_bars() as bars:
        for number, window in _in_turns(left):
            with only_writer(layout, who, max(wait_seconds, TURN)):
                begin_runs(layout)
                if number == 1:
                    note_plan(layout, topic, expected)
                began = datetime.now(UTC)
                work = Work(config, topic, new_run("backfill", topic.name, topic.source), pool, bars)
                unit = _unit(topic, window)
                forget_old_walks(layout, topic, [unit])
                result = work.through(lambda _, unit=unit: [unit])
                runs.append(result.run)
                total += result.counts
                if result.error:
                    errors.append(f"topic {topic.name} failed: {result.error}")
                else:
                    reached = note_window(layout, result.run, topic, window, result.counts, began)
                    report(reached)
                if errors or number == len(left) or time.monotonic() - published > PUBLISH_EVERY:
                    publish(layout)
                    published = time.monotonic()
            if errors:
                break
    tell_loaded(config, "backfill", runs, total.loaded)
    message = f"{total.loaded:,} loaded, {total.unchanged:,} unchanged, {total.rejected:,} rejected"
    return Outcome(message, [how_far(reached)] if reached else [f"{topic.name}: no window is left"], errors)


def _in_turns(windows: list[Window]) -> Iterator[tuple[int, Window]]:
    """The windows with their numbers, with a pause before each but the first."""
    for number, window in enumerate(windows, start=1):
        if number > 1:
            time.sleep(GIVE_WAY)
        yield number, window


def _unit(topic: EuropePmcTopic, window: Window) -> Unit:
    first, last = map(str, window)
    return Unit(1, f"{topic.name} published {first}..{last}", [first, last], purpose="published")


def how_far(backfill: dict[str, Any]) -> str:
    """A row of the lookup backfills in one line."""
    done, left = backfill["windows_done"], backfill["windows_left"]
    line = f"{backfill['topic']}: {done:,} of {done + left:,} windows done, back to {backfill['back_to']}, "
    line += f"{backfill['papers']:,} papers"
    if backfill["papers_an_hour"] is not None:
        line += f", {backfill['papers_an_hour']:,} an hour"
    if left and backfill["hours_left"] is not None:
        line += f"; {backfill['papers_left']:,} papers left, about {_duration(backfill['hours_left'])}"
    return line


def _duration(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{max(minutes, 1)} min"


def report(backfill: dict[str, Any]) -> None:
    """Say how far it is, in the log and as an artifact that each window renews."""
    get_run_logger().info(how_far(backfill))
    rows = "\n".join(f"| {name.replace('_', ' ')} | {value} |" for name, value in backfill.items())
    with shown_where_possible("how far the backfill is"):
        create_markdown_artifact(
            f"# {how_far(backfill)}\n\n| | |\n| --- | --- |\n{rows}\n",
            key=artifact_key("backfill", backfill["topic"]),
            description="How far the backfill is",
        )
