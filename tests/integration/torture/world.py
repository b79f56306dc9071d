"""A small world to do damage to: archives on disk and a harvest over HTTP, both of which have just changed.

Its base is a warehouse of edition 1, beside which edition 2 waits: whatever befalls the ingest of the second edition,
the tables must in the end be those of an ingest that nothing disturbed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.apis.library import Library, article
from tests.apis.records import reference
from tests.apis.server import ApiServer
from tests.apis.services import sources
from tests.apis.words import VOCABULARY
from tests.integration import samples
from tests.integration.house import LINEAGE, ROOT, House, files_below, topic
from warehouse.landing import Landing

#: Archives, and articles in each: more than a batch that is parsed without a process of its own.
SETS, ARTICLES = 2, 21
#: Papers of the harvest; every other one has a full text.
HARVESTED = 8
PAPERS = SETS * ARTICLES + HARVESTED

Content = dict[str, list[tuple[Any, ...]]]


def write_sets(house: House, edition: int, words: str = "A word. ") -> None:
    """Archives, each a unit and a batch of its own, whose articles are all of one edition."""
    for number in range(SETS):
        numbers = range(number * ARTICLES + 1, (number + 1) * ARTICLES + 1)
        content = samples.articles(numbers, edition=edition, words=words * 500)
        samples.write(house.folder / "sets", {f"set-{number}.tar": samples.tar_of(content, "")})


def write_library(library: Library, edition: int) -> None:
    """Papers with all that can be asked for, updated today."""
    for number in range(HARVESTED):
        pmcid = f"PMC{700 + number}" if number % 2 else None
        title = f"Paper {number} of edition {edition} on water"
        library.add(
            str(700 + number),
            updated=datetime.now(UTC).date() - timedelta(days=2 - edition),
            title=f"{title}.",
            abstract="Patients and water.",
            journal=f"Edition {edition}",
            pmcid=pmcid,
            open_access=bool(pmcid),
            jats=article(pmcid, title, f"Humans of edition {edition}.") if pmcid else None,
            references=[reference(1), reference(2)],
            entities=VOCABULARY,
        )


def configure(house: House, server: ApiServer) -> None:
    """Both topics, the harvest with everything that can be asked for."""
    harvest = {
        "name": "live",
        "source": "europepmc",
        "query": "water",
        "since": str(datetime.now(UTC).date() - timedelta(days=10)),
        "full_text": True,
        "references": True,
        "entities": ["pubtator", "europepmc"],
    }
    paced = {name: source | {"requests_per_second": 200} for name, source in sources(server.base_url).items()}
    house.configure(topic("sets", "jats", "sets"), harvest, sources=paced)
    house.env["PYTHONPATH"] = str(ROOT)  # this checkout's packages, wherever the environment installed them from


@dataclass(frozen=True)
class World:
    """base: edition 1 is loaded, edition 2 waits. before, after: the tables without and with the second edition.

    documents: the files that landing holds in the end. answers: what a reader is told in an ingest that nothing
    disturbs. seconds: how long it took from the moment it was the writer.
    """

    base: House
    before: Content
    after: Content
    documents: list[str]
    answers: list[Any]
    seconds: float

    def is_between(self, content: Content) -> bool:
        """Whether each paper is, with all its rows, as it was before or as it is after."""
        papers, befores, afters = by_paper(content), by_paper(self.before), by_paper(self.after)
        return all(rows in (befores.get(paper), afters.get(paper)) for paper, rows in papers.items()) and (
            papers.keys() >= befores.keys()
        )

    def assert_finished(self, house: House) -> None:
        """Nothing is lost, nothing is there twice, nothing lies about that would grow."""
        assert house.content(*LINEAGE) == self.after
        house.assert_sound()
        assert files_below(house.data / "landing" / "documents") == self.documents
        assert files_below(house.data / "landing" / "resume") == []
        assert files_below(house.data / "build") == ["warehouse.duckdb", "writer.lock"]
        assert len(files_below(house.data / "snapshots")) <= 2
        assert {path.name for path in house.data.iterdir()} == {path.name for path in self.base.data.iterdir()}
        assert_landing_intact(house)


def by_paper(content: Content) -> dict[str, Content]:
    """The rows of each table by their paper."""
    found: dict[str, Content] = {}
    for table, rows in content.items():
        for row in rows:
            found.setdefault(row[0], {}).setdefault(table, []).append(row)
    return found


def make_world(houses: Callable[[str], House], server: ApiServer, library: Library) -> World:
    """Load edition 1, let edition 2 come, and see what an ingest of it gives. library: what the server serves."""
    base, calm = houses("base"), houses("calm")
    configure(base, server)
    write_sets(base, 1)
    write_library(library, 1)
    base.ingest().ok()
    write_sets(base, 2)
    write_library(library, 2)
    copy(base, calm)
    before = calm.content(*LINEAGE)
    stop = calm.folder / "stop"
    reads = calm.start_reader(stop, "reopen", 0.2)
    reads.wait_until(reads.output)
    running = calm.start("ingest")
    running.wait_until(lambda: is_writing(running.process.pid, calm))
    began = datetime.now(UTC)
    running.wait().ok()
    seconds = (datetime.now(UTC) - began).total_seconds()
    stop.touch()
    answers = reads.wait().ok().json_lines()[:-1]
    assert len(answers) == 2
    assert calm.counts() == {
        "sets": ("done", SETS * ARTICLES, SETS * ARTICLES, 0, 0),
        "live": ("done", HARVESTED, HARVESTED, 0, 0),
    }
    documents = files_below(calm.data / "landing" / "documents")
    world = World(base, before, calm.content(*LINEAGE), documents, answers, seconds)
    world.assert_finished(calm)
    return world


def copy(base: House, house: House) -> None:
    """Make an empty house like the base."""
    base.copy(house.folder)
    house.env |= base.env


def is_writing(process: int, house: House) -> bool:
    """Whether the flow that a process runs holds the writer's lock."""
    lock = house.data / "build" / "writer.lock"
    text = lock.read_text(encoding="utf-8") if lock.exists() else ""
    return f'"pid": {process},' in text and '"who": "run ' in text


def assert_landing_intact(house: House) -> int:
    """Each document that a journal lists is there, with the hash that it had. Returns how many that are."""
    landing = Landing(house.data / "landing")
    journals = (house.data / "landing" / "journal").glob("*.jsonl")
    listed = {line.sha256 for journal in journals for line in landing.read_journal(journal) if line.sha256}
    for sha256 in listed:
        landing.verify(sha256)
    return len(listed)
