"""Ingest: fetch what is new for each topic, land it, parse, validate, load, and publish the warehouse."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from threading import Event
from typing import Annotated
from uuid import uuid4

from prefect import flow, get_run_logger, tags
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.futures import PrefectFuture, wait
from prefect.runtime import flow_run
from prefect.states import Completed, Failed, State
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field
from rich.progress import Progress as Bars

from flows.progress import progress_bars, topic_progress
from flows.summary import Summary, TopicResult
from schemas.config import Config, Topic, load_config
from schemas.errors import PaperhouseError
from tasks.batches import Parsed
from tasks.fetch import Fetched, fetch, finish_unit, forget_old_walks
from tasks.load import load
from tasks.parse import parse, parser_processes
from tasks.publish import publish
from tasks.reconsider import index_again, merge_again
from tasks.runs import Progress, begin_runs, begin_topic, end_topic
from tasks.sources.catalogue import Unit, check_topic, plan
from tasks.sources.vocabularies import configured
from tasks.validate import validate
from tasks.vocabularies import not_loaded, refresh_vocabularies
from tasks.writer import only_writer
from warehouse.layout import Layout
from warehouse.runs import Counts, Run

#: Batches that are being parsed or wait to be loaded; bounds what lies in the work folder.
WINDOW = 4


def _run_name() -> str:
    topics = flow_run.parameters.get("topics") or ["all topics"]
    return f"{', '.join(topics)} {datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(name="ingest", flow_run_name=_run_name, task_runner=ThreadPoolTaskRunner(max_workers=WINDOW + 2))
def ingest(
    config: str | None = None,
    topics: list[str] | None = None,
    full_refresh: bool = False,
    wait_seconds: Annotated[float, Field(ge=0, le=86400)] = 0,
) -> State[Summary]:
    """Bring the warehouse up to date with its sources.

    For each topic: fetch, land every document byte for byte, parse, validate, load what changed, and publish the
    result for readers. What fails a check is quarantined, not lost. A run that dies is finished by the next one.

    Args:
        config: Configuration file; PAPERHOUSE_CONFIG or paperhouse.yaml where it is empty.
        topics: Names of the topics to ingest; all of them where it is empty.
        full_refresh: Start over: fetch, parse and load what is unchanged, too.
        wait_seconds: How long to wait for another run that writes the warehouse.
    """
    try:
        settings = load_config(config)
        selected = settings.select(topics or [])
        for topic in selected:
            check_topic(settings, topic)
        layout = Layout(settings.directory)
        with only_writer(layout, f"run {flow_run.name}", wait_seconds):
            summary = ingest_topics(settings, selected, full_refresh)
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    report(summary)
    return (Failed if summary.failed else Completed)(message=summary.one_line(), data=summary)


def ingest_topics(config: Config, topics: list[Topic], full_refresh: bool) -> Summary:
    """Ingest the topics one after another and publish. The caller is the only writer."""
    layout = Layout(config.directory)
    begin_runs(layout)
    merge_again(layout, config.merging)
    warnings = load_new_vocabularies(config)
    index_again(layout, config.warehouse.search)
    with parser_processes() as pool, progress_bars() as bars:
        results = [ingest_topic(config, topic, full_refresh, pool, bars) for topic in topics]
    publish(layout)
    summary = Summary(results, warnings)
    summary.read_published(layout)
    return summary


def load_new_vocabularies(config: Config) -> list[str]:
    """Load the vocabularies of which nothing is loaded yet. Returns why some of them could not be: topics go on."""
    layout = Layout(config.directory)
    new = not_loaded(layout, list(configured(config)))
    results = refresh_vocabularies(layout, new, str(flow_run.id)) if new else []
    return [result.one_line() for result in results if result.error]


def ingest_topic(
    config: Config, topic: Topic, full_refresh: bool, pool: ProcessPoolExecutor, bars: Bars
) -> TopicResult:
    """Ingest one topic. An error ends the topic, not the ingest; what was loaded before it stays."""
    layout = Layout(config.directory)
    began = time.monotonic()
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{topic.name}-{uuid4().hex[:6]}"
    run = Run(run_id, str(flow_run.id), "ingest", topic.name, topic.source)
    reached = begin_topic(layout, run)
    result = TopicResult(run, Counts(), 0.0)
    try:
        with tags(topic.name):
            _fetch_and_load(config, topic, reached, full_refresh, pool, bars, result)
    except PaperhouseError as error:
        result.error = str(error)
        get_run_logger().error("topic %s failed: %s", topic.name, error)
    result.seconds = time.monotonic() - began
    end_topic(layout, run, result.counts, result.error)
    return result


def _fetch_and_load(
    config: Config,
    topic: Topic,
    reached: Progress,
    full_refresh: bool,
    pool: ProcessPoolExecutor,
    bars: Bars,
    result: TopicResult,
) -> None:
    layout = Layout(config.directory)
    units = list(plan(config, topic, None if full_refresh else reached.watermark, reached.due))
    forget_old_walks(layout, topic, units)
    progress = topic_progress(bars, topic.name, len(units))
    parsing: deque[PrefectFuture[Parsed]] = deque()
    landed, unfetched = 0, list[str]()

    def load_next() -> None:
        valid = validate(parsing.popleft().result())
        result.counts += load(layout, valid, result.run, result.counts, full_refresh, config.merging)
        progress.batch_loaded(result.counts)

    def start(unit: Unit, stop: Event) -> PrefectFuture[Fetched]:
        return fetch.submit(config, topic, unit, result.run, full_refresh, progress.documents_landed, stop)

    with closing(_fetch_ahead(units, start)) as coming:
        for unit, fetched in coming:
            landed += fetched.landed
            unfetched += fetched.unfetched
            result.counts += fetched.known
            progress.unit_fetched(len(fetched.batches), result.counts)
            for batch in fetched.batches:
                parsing.append(parse.submit(layout, batch, pool))
                if len(parsing) > WINDOW:
                    load_next()
            if fetched.error:
                result.error = fetched.error
            elif unit.watermark or unit.retries:
                while parsing:
                    load_next()
                finish_unit(layout, topic, unit, result.run, loaded=bool(fetched.batches))
    while parsing:
        load_next()
    if unfetched and not landed:
        result.error = f"none of {len(unfetched)} documents could be had; the first: {unfetched[0]}"
    progress.end(result.counts)


def _fetch_ahead(
    units: list[Unit], start: Callable[[Unit, Event], PrefectFuture[Fetched]]
) -> Iterator[tuple[Unit, Fetched]]:
    """What each unit gave, while the next one is being fetched: nobody waits for a load. An error is the last.

    start: begins to fetch a unit, and gives up once the event is set, which happens when this is closed early.
    """
    stop = Event()
    coming = [start(units[0], stop)] if units else []
    try:
        for at, unit in enumerate(units, start=1):
            fetched = coming.pop().result()
            if not fetched.error and at < len(units):
                coming.append(start(units[at], stop))
            yield unit, fetched
            if fetched.error:
                break
    finally:
        stop.set()
        wait(coming)


def report(summary: Summary) -> None:
    """Leave the summary and the rejects as artifacts of the run."""
    create_markdown_artifact(summary.markdown(), key="ingest-summary", description="What the last ingest did")
    create_table_artifact(summary.reject_rows(), key="ingest-rejects", description="What the last ingest set aside")
    get_run_logger().info(summary.one_line())
