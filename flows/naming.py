"""Name a run by what it does, so that a list of runs can be read: its topics, and the days that it harvests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from prefect.runtime import flow_run

from schemas.config import Config, load_config
from schemas.errors import PaperhouseError
from tasks.sources.catalogue import first_day
from warehouse.layout import Layout
from warehouse.lookup import lookup
from warehouse.reading import open_published


def run_name() -> str:
    """The name of the run that begins, from its parameters: ``nelm 2026-11-20..23``.

    Without days to harvest, or where the configuration cannot be read, which the run itself will say, the time stands
    in their place.
    """
    parameters = flow_run.parameters
    names: Sequence[str] = parameters.get("topics") or []
    now = datetime.now(UTC)
    when = f"{now:%Y-%m-%d %H:%M}"
    try:
        config = load_config(parameters.get("config"))
        topics = config.select(names)
        reached = {} if parameters.get("full_refresh") else _reached(config)
        days = [day for topic in topics if (day := first_day(topic, reached.get(topic.name)))]
        if days:
            when = span(min(days), now.date())
        if len(topics) == 1 or len(topics) < len(config.topics):
            names = [topic.name for topic in topics]
    except PaperhouseError:
        pass
    return f"{', '.join(names) or 'all topics'} {when}"


def span(first: date, last: date) -> str:
    """Two days without what they share: ``2026-11-20..23``, ``2026-10-30..11-23``, ``2025-12-30..2026-01-02``."""
    if first == last:
        return str(first)
    if first.year != last.year:
        return f"{first}..{last}"
    return f"{first}..{last:%d}" if first.month == last.month else f"{first}..{last:%m-%d}"


def _reached(config: Config) -> dict[str, str]:
    """The watermarks by topic, as published; nothing where that is nothing yet."""
    layout = Layout(config.directory)
    if not layout.published.exists():
        return {}
    with open_published(layout) as con:
        return {row["topic"]: row["high_water"] for row in lookup(con, "watermarks")}
