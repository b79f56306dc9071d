"""Plan a backfill, and keep the book of its windows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.config import Config, EuropePmcTopic
from schemas.errors import ConfigError, NoWarehouse, OlderWarehouse
from schemas.parameters import Backfill
from tasks.sources.europepmc import count_hits, published_query
from tasks.sources.services import Services
from tasks.sources.years import left_of, publication_windows
from warehouse.backfills import Window, finish_window, plan_windows
from warehouse.layout import Layout
from warehouse.load import Connection, transaction
from warehouse.lookup import lookup
from warehouse.reading import open_current
from warehouse.runs import Counts, Run
from warehouse.store import open_build


def searched_topic(config: Config, name: str) -> EuropePmcTopic:
    """The topic of that name. Raises: ConfigError where there is none, or where it is no search."""
    (topic,) = config.select([name])
    if not isinstance(topic, EuropePmcTopic):
        raise ConfigError(f"{config.file}: topic {name} reads {topic.source}; only a search of europepmc has a past")
    return topic


def windows_left(con: Connection, topic: EuropePmcTopic, wanted: Backfill) -> list[Window]:
    """The windows of a backfill that are not done, the newest first."""
    known = lookup(con, "backfill_windows", topic=topic.name, query=topic.query)
    done = [(row["first_day"], row["last_day"]) for row in known if row["finished_at"]]
    today = datetime.now(UTC).date()
    return left_of(publication_windows(wanted.first_year, wanted.last_year, wanted.months, today), done)


def windows_left_as_published(layout: Layout, topic: EuropePmcTopic, wanted: Backfill) -> list[Window]:
    """The same by the published warehouse, which may lag behind; it needs no lock."""
    try:
        with open_current(layout) as con:
            return windows_left(con, topic, wanted)
    except (NoWarehouse, OlderWarehouse):
        today = datetime.now(UTC).date()
        return list(publication_windows(wanted.first_year, wanted.last_year, wanted.months, today))


@task(name="count", task_run_name="count {topic.name}", cache_policy=NO_CACHE)
def count_papers(config: Config, topic: EuropePmcTopic, windows: list[Window]) -> dict[Window, int]:
    """Ask the service how many papers each window has. Raises: SourceError."""
    with Services(config.sources, lambda url: None) as services:
        return {window: count_hits(services, published_query(topic, *window)) for window in windows}


def note_plan(layout: Layout, topic: EuropePmcTopic, expected: Mapping[Window, int]) -> None:
    """Enter the windows that are left in the book. The caller is the only writer."""
    with open_build(layout) as con, transaction(con):
        plan_windows(con, topic.name, topic.query, expected)


def note_window(
    layout: Layout, run: Run, topic: EuropePmcTopic, window: Window, counts: Counts, began: datetime
) -> dict[str, Any]:
    """Say that a window is loaded, and how far the backfill is: a row of the lookup backfills."""
    with open_build(layout) as con:
        with transaction(con):
            finish_window(con, run, topic.query, window, counts, began)
        rows = lookup(con, "backfills")
    return next(row for row in rows if (row["topic"], row["query"]) == (topic.name, topic.query))
