"""Which source serves a topic: how its work is cut into units, and where their documents come from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from schemas.config import Config, EuropePmcTopic, JatsTopic, TomesphereTopic, Topic
from schemas.errors import ConfigError
from tasks.sources import europepmc, files, jats, tomesphere
from tasks.sources.documents import Document
from tasks.sources.http import Service
from tasks.sources.services import Remembered, Services

#: Papers that are asked for again in one unit: as many as an address has room for.
RETRIED = 50


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a topic that one task fetches: the items are ids, paths, or the first and last day of a window.

    watermark: how far the topic has come when the unit is loaded; None for what has no such order. retries: the items
    are papers of which everything is asked for again. purpose: what a unit is for that is not of the topic's own
    progress: a window of publication days (``published``), or papers that are known, asked about for news of their
    records (``notices``), of their entities, too (``entities``).
    """

    number: int
    name: str
    items: list[str]
    watermark: str | None = None
    retries: bool = False
    purpose: Literal["published", "notices", "entities"] | None = None

    @property
    def is_window(self) -> bool:
        """Whether it is a walk through a search, which an interrupted run's successor takes up at its page."""
        return self.watermark is not None or self.purpose == "published"

    @property
    def counts_as_whole(self) -> bool:
        """Whether it has to be loaded to its end before it counts as done."""
        return self.is_window or self.retries or self.purpose is not None


def check_topic(config: Config, topic: Topic) -> None:
    """Make sure that there is something to fetch, before anything runs.

    Raises: ConfigError for a path that matches nothing.
    """
    if isinstance(topic, EuropePmcTopic):
        return
    where = f"{config.file}: topics[{config.topics.index(topic)}]"
    if topic.path and not _paths(config, topic):
        what = "an empty folder" if (config.base / topic.path).is_dir() else "matches nothing"
        kinds = ", ".join(sorted(_suffixes(topic)))
        raise ConfigError(
            f"{where}.path: {topic.path!r} {what} (looked below {config.base} for {kinds}, .gz, .zip, .tar); "
            "mend the path, or put files there"
        )


def plan(config: Config, topic: Topic, watermark: str | None, due: Sequence[str] = ()) -> Iterator[Unit]:
    """The units of a topic, in an order that is the same every time.

    watermark: how far it has come. due: papers, as ``MED:1``, of which something could not be had and is tried again.
    """
    if isinstance(topic, EuropePmcTopic):
        today = datetime.now(UTC).date()
        days = list(europepmc.windows(topic.since, date.fromisoformat(watermark) if watermark else None, today))
        for number, (start, end) in enumerate(days, start=1):
            reached = str(europepmc.reached(end, today))
            yield Unit(number, f"{topic.name} {start}..{end}", [str(start), str(end)], reached)
        for number, first in enumerate(range(0, len(due), RETRIED), start=len(days) + 1):
            some = list(due[first : first + RETRIED])
            yield Unit(number, f"{topic.name}, {len(some)} papers again", some, retries=True)
    elif isinstance(topic, TomesphereTopic) and topic.ids:
        units = [list(ids) for ids in tomesphere.plan(topic.ids)]
        for number, ids in enumerate(units, start=1):
            yield Unit(number, f"{topic.name}, {len(ids)} pages from {ids[0]}", ids)
    else:
        for number, paths in enumerate(files.plan(_paths(config, topic)), start=1):
            name = paths[0].name if len(paths) == 1 else f"{len(paths)} files from {paths[0].name}"
            yield Unit(number, f"{topic.name}, {name}", [str(path) for path in paths])


def iter_documents(
    config: Config, topic: Topic, unit: Unit, changed: europepmc.Changed, recall: Remembered
) -> Iterator[Document]:
    """The documents of a unit, one at a time. Raises: SourceError.

    changed: of the papers of a page of records, those to fetch more of. recall: what was landed from an address by a
    run that was interrupted.
    """
    if isinstance(topic, EuropePmcTopic):
        with Services(config.sources, recall) as services:
            harvest = europepmc.Harvest(topic, services, changed)
            if unit.retries:
                yield from harvest.again(unit.items)
            elif unit.purpose == "published":
                yield from harvest.published(*map(date.fromisoformat, unit.items))
            elif unit.purpose:
                yield from harvest.known(unit.items, with_entities=unit.purpose == "entities")
            else:
                yield from harvest.window(*map(date.fromisoformat, unit.items))
        return
    if isinstance(topic, TomesphereTopic) and topic.ids:
        with Service.open("tomesphere", config.sources.tomesphere) as service:
            yield from tomesphere.iter_pages(service, unit.items)
        return
    read = jats.iter_files if isinstance(topic, JatsTopic) else tomesphere.iter_files
    yield from read([Path(item) for item in unit.items], config.base)


def _paths(config: Config, topic: Topic) -> list[Path]:
    if isinstance(topic, EuropePmcTopic) or topic.path is None:
        return []
    return files.find_files(topic.path, config.base, _suffixes(topic))


def _suffixes(topic: Topic) -> frozenset[str]:
    return jats.SUFFIXES if isinstance(topic, JatsTopic) else tomesphere.SUFFIXES
