"""Ingest: fetch what is new for each topic, land it, parse, validate, load, and publish the warehouse."""

from concurrent.futures import ProcessPoolExecutor
from typing import Annotated

from prefect import flow, get_run_logger
from prefect.runtime import flow_run
from prefect.states import Failed, State
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field
from rich.progress import Progress as Bars

from flows.hooks import tell_webhook
from flows.naming import run_name
from flows.progress import progress_bars
from flows.report import ended, report
from flows.summary import Summary, published_tables, summarise
from flows.topics import gone_topics
from flows.units import WINDOW, Work, new_run
from schemas.config import Config, Topic, load_config
from schemas.errors import PaperhouseError
from tasks.events import tell_loaded
from tasks.fetch import forget_old_walks
from tasks.parse import parser_processes
from tasks.publish import publish
from tasks.reconsider import index_again, merge_again, parse_again
from tasks.runs import Progress, TopicResult, begin_runs
from tasks.sources.catalogue import Unit, check_topic, plan
from tasks.sources.vocabularies import configured
from tasks.vocabularies import not_loaded, refresh_vocabularies
from tasks.writer import only_writer
from warehouse.layout import Layout


@flow(
    name="ingest",
    flow_run_name=run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=WINDOW + 2),
    on_failure=[tell_webhook],
    on_crashed=[tell_webhook],
    on_completion=[tell_webhook],
)
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
    tell_loaded(settings, "ingest", [result.run for result in summary.topics], summary.counts.loaded)
    for line in gone_topics(settings):
        get_run_logger().warning(line)
    return ended(summary)


def ingest_topics(config: Config, topics: list[Topic], full_refresh: bool) -> Summary:
    """Ingest the topics one after another and publish. The caller is the only writer."""
    layout = Layout(config.directory)
    begin_runs(layout)
    warnings = parse_again(layout, config.merging)
    merge_again(layout, config.merging)
    warnings += load_new_vocabularies(config)
    index_again(layout, config.warehouse.search)
    with parser_processes() as pool, progress_bars() as bars:
        results = [ingest_topic(config, topic, full_refresh, pool, bars) for topic in topics]
    before = published_tables(layout)
    publish(layout)
    return summarise(layout, config.alarms, results, before, warnings)


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

    def units(reached: Progress) -> list[Unit]:
        found = list(plan(config, topic, None if full_refresh else reached.watermark, reached.due))
        forget_old_walks(Layout(config.directory), topic, found)
        return found

    work = Work(config, topic, new_run("ingest", topic.name, topic.source), pool, bars, full_refresh)
    return work.through(units)
