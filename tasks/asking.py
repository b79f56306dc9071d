"""Ask again about papers of the warehouse: whose turn it is, and that they were asked about."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from schemas.config import Config, EuropePmcTopic
from tasks.sources.catalogue import Unit
from warehouse.asked import note_asked
from warehouse.layout import Layout
from warehouse.lookup import lookup
from warehouse.store import open_build

#: What papers are asked about again for.
Purpose = Literal["notices", "entities"]
#: Papers a unit, and so a batch.
PAPERS = 500
#: The settings for papers of no topic of the configuration: of these, nothing but the record is wanted.
NO_TOPIC = "others"


@dataclass(frozen=True)
class Asking:
    """The papers of one topic whose turn it is.

    topic: with what the configuration wants of its papers; of a topic that is gone, or that reads files, nothing but
    the records. brought_by: the topic's name; None for papers that no topic brought. papers: paper_id by the name that
    is asked for.
    """

    topic: EuropePmcTopic
    brought_by: str | None
    purpose: Purpose
    papers: dict[str, str]

    def units(self) -> Iterator[Unit]:
        """The papers in units, in the order of their turn."""
        names = list(self.papers)
        for number, first in enumerate(range(0, len(names), PAPERS), start=1):
            some = names[first : first + PAPERS]
            what = f"{self.topic.name}, {self.purpose} of {len(some)} papers"
            yield Unit(number, what, some, purpose=self.purpose)

    def note(self, layout: Layout, unit: Unit) -> None:
        """Say that the papers of a unit were asked about. The caller is the only writer. Raises: StorageError."""
        with open_build(layout) as con:
            note_asked(con, self.purpose, [self.papers[name] for name in unit.items])


def papers_to_ask(layout: Layout, config: Config, purpose: Purpose, most: int) -> list[Asking]:
    """The papers whose turn is longest ago, by topic.

    purpose: ``notices``: all papers, or ``entities``: those of the topics that want some. most: papers at most.
    """
    searched = {topic.name: topic for topic in config.topics if isinstance(topic, EuropePmcTopic)}
    wanted = [name for name, topic in searched.items() if topic.entities] if purpose == "entities" else []
    if purpose == "entities" and not wanted:
        return []
    with open_build(layout) as con:
        rows = lookup(con, "papers_to_ask", purpose=purpose, topics=wanted, anyone=purpose == "notices", most=most)
    rows.sort(key=lambda row: row["topic"] or "")
    return [
        Asking(
            searched.get(name) or EuropePmcTopic(name=name or NO_TOPIC, source="europepmc", query="*"),
            name or None,
            purpose,
            {row["name"]: row["paper_id"] for row in of_topic},
        )
        for name, of_topic in groupby(rows, key=lambda row: row["topic"] or "")
    ]


def noticed(layout: Layout) -> dict[str, tuple[bool, list[str]]]:
    """The papers that are retracted or have another notice: whether, and which, by paper_id."""
    with open_build(layout) as con:
        rows = lookup(con, "noticed")
    return {row["paper_id"]: (bool(row["is_retracted"]), row["notices"] or []) for row in rows}
