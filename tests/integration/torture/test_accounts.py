"""The accounts of ten thousand documents: each is loaded, unchanged or set aside with a reason, and none is lost.

They come as files, in archives, as pages and as records of a service, in one run with a parser that fails on some of
the good ones; a replay with a mended parser loads those without files or network.
"""

import json
import time
from collections import Counter
from random import Random

import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services, sources
from tests.integration import samples
from tests.integration.house import House, topic
from tests.integration.test_harvest import day
from tests.integration.torture import LONG, SEED
from tests.integration.torture.strangers import ARTICLES, LOADED, PAGES, UNCHANGED, hostile_text, packed, strangers

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1500)]

#: Of files, of archives' members, of pages and of records.
FILES, MEMBERS, PAGE_FILES, RECORDS = (5000, 3000, 1000, 1000) if LONG else (120, 80, 60, 40)
DOCUMENTS = FILES + MEMBERS + PAGE_FILES + RECORDS
#: Documents in an archive.
PACKED = MEMBERS // 4
FOLDERS = ("files", "archives", "pages")
#: Seconds for a run over all of them.
PATIENCE = 1200
#: The check of a document, or a record, on which the parser itself fails.
PARSER = "parser"

#: ``paperhouse`` of another day, whose parsers fail on the documents, and the records, that a file lists.
BROKEN_PARSERS = """
import json
from tasks import parse
from tasks.parsers import batch

parse.SMALL = parse.SMALL_BYTES = 1 << 40  # in this process, where the parsers are broken
broken = set(json.load(open("broken.json")))

def breaking(right):
    def parse(document, source_id):
        if source_id in broken:
            raise ZeroDivisionError("a fault of the parser")
        for paper in right(document, source_id):
            if getattr(paper, "source_id", None) in broken:
                yield batch.ParseError("parser", "a fault of the parser")
            else:
                yield paper
    return parse

for kind in ("jats", "tomesphere-page", "europepmc-search"):
    batch.PARSERS[kind] = breaking(batch.PARSERS[kind])

from flows.cli import main
main()
"""


def test_every_document_is_accounted_for(house: House) -> None:
    becomes, doubled = write_files(house)
    library, of_records = records()
    broken = choose_broken(becomes, doubled, library)
    samples.write(house.folder, {"broken.json": json.dumps(broken)})
    with ApiServer(services(library)) as server:
        configure(house, server)
        began = time.monotonic()
        house.start("ingest", code=BROKEN_PARSERS).wait(PATIENCE).ok()
        took = time.monotonic() - began
        failed = becomes | {source_id: PARSER for source_id in broken if source_id in becomes}
        assert_accounts(house, failed, of_records + Counter({PARSER: RECORDS_BROKEN, LOADED: -RECORDS_BROKEN}))
    print(f"\n{DOCUMENTS:,} documents of {len(ARTICLES) + len(PAGES)} kinds in {took:.0f} s: {told(sums(house))}")
    print(f"set aside: {told(Counter(reject['check'] for reject in house.rejects()))}")

    for folder in FOLDERS:  # nothing to read from but landing
        (house.folder / folder).rename(house.folder / f"{folder}.away")
    began = time.monotonic()
    replayed = house.start("rejects", "--replay").wait(PATIENCE).ok()
    print(f"replayed with the parser mended, in {time.monotonic() - began:.0f} s: {replayed.out.strip()}")
    assert f" {len(broken):,} loaded," in replayed.out
    assert Counter(reject["check"] for reject in house.rejects())[PARSER] == 0
    assert_loaded(house, becomes, library)

    if not LONG:
        return
    for folder in FOLDERS:
        (house.folder / f"{folder}.away").rename(house.folder / folder)
    before = house.fingerprints()
    with ApiServer(services(library), port=server.server_port):
        house.start("ingest").wait(PATIENCE).ok()
    print(f"the same again: {told(sums(house))}")
    unchanged = Counter({check: count for check, count in of_records.items() if check != LOADED})
    unchanged[UNCHANGED] = of_records[LOADED]
    assert_accounts(house, {key: UNCHANGED if how == LOADED else how for key, how in becomes.items()}, unchanged)
    assert house.fingerprints() == before


def write_files(house: House) -> tuple[dict[str, str], set[str]]:
    """Write files, archives and pages. Returns what becomes of each, by its source_id, and which come again."""
    becomes: dict[str, str] = {}
    doubled: set[str] = set()
    for folder, count, first, makers, suffix in (
        ("files", FILES, 1, ARTICLES, "xml"),
        ("pages", PAGE_FILES, 5_000_000, PAGES, "md"),
    ):
        made = list(strangers(count, SEED, first, makers, suffix))
        samples.write(house.folder / folder, {stranger.name: stranger.content for stranger in made})
        becomes |= {f"{folder}/{stranger.name}": stranger.becomes for stranger in made}
        doubled |= {f"{folder}/{stranger.double_of}" for stranger in made if stranger.double_of}
    for number in range(MEMBERS // PACKED):
        archive = f"{number}.{'zip' if number % 2 else 'tar.gz'}"
        made = list(strangers(PACKED, SEED, 1_000_000 * (1 + number), ARTICLES, "xml"))
        samples.write(house.folder / "archives", {archive: packed(made, archive)})
        becomes |= {f"archives/{archive}#{stranger.name}": stranger.becomes for stranger in made}
        doubled |= {f"archives/{archive}#{stranger.double_of}" for stranger in made if stranger.double_of}
    return becomes, doubled


def records() -> tuple[Library, Counter[str]]:
    """The records of the service, and how many of them become what."""
    chance, library, becomes = Random(SEED), Library(), Counter[str]()
    for number in range(RECORDS):
        draw = chance.random()
        title = f"Record {number}." if draw < 0.6 else f"{number}: {hostile_text(chance)}" if draw < 0.9 else ""
        library.add(str(70_000_000 + number), updated=day(1), title=title, abstract=hostile_text(chance))
        becomes[LOADED if title else "not_nullable"] += 1
    return library, becomes


RECORDS_BROKEN = RECORDS // 20


def choose_broken(becomes: dict[str, str], doubled: set[str], library: Library) -> list[str]:
    """Documents that load, and records, on which the parser fails, by source_id.

    doubled: those whose doubles would take their place.
    """
    chance = Random(SEED)
    alone = [source_id for source_id, how in becomes.items() if how == LOADED and source_id not in doubled]
    titled = [str(paper) for paper in library if paper.record["title"]]
    return sorted(chance.sample(alone, len(becomes) // 20) + chance.sample(titled, RECORDS_BROKEN))


def configure(house: House, server: ApiServer) -> None:
    """A topic for each way in which documents come."""
    settings = {name: {**about, "requests_per_second": 50} for name, about in sources(server.base_url).items()}
    house.configure(
        topic("files", "jats", "files"),
        topic("archives", "jats", "archives"),
        topic("pages", "tomesphere", "pages"),
        {"name": "records", "source": "europepmc", "query": "SRC:MED", "since": str(day(20))},
        sources=settings,
    )


def of_topics(house: House) -> dict[str, tuple[str, int, int, int, int]]:
    """What the last run of each topic did; a replay is of none."""
    return {name: counts for name, counts in house.counts().items() if name}


def sums(house: House) -> dict[str, int]:
    """The same, summed."""
    columns = ("fetched", "loaded", "unchanged", "rejected")
    return {name: sum(counts[at] for counts in of_topics(house).values()) for at, name in enumerate(columns, start=1)}


def told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items(), key=lambda item: -item[1]))


def assert_accounts(house: House, becomes: dict[str, str], of_records: Counter[str]) -> None:
    """Hold the last run of each topic, and the reasons in quarantine, against what has to become of each document."""
    for name, counts in of_topics(house).items():
        hows = Counter(how for source_id, how in becomes.items() if source_id.startswith(f"{name}/"))
        hows = of_records if name == "records" else hows
        loaded, unchanged = hows[LOADED], hows[UNCHANGED]
        assert counts == ("done", hows.total(), loaded, unchanged, hows.total() - loaded - unchanged), name
    reasons: dict[str, set[str]] = {}
    for reject in house.rejects():
        assert reject["value"] or reject["check"] == "not_nullable", reject
        check = "unique" if reject["check"] == "set_aside" else reject["check"]  # the same as a double
        reasons.setdefault(reject["source_id"], set()).add(check)
    wrong = {key: how for key, how in becomes.items() if how not in (LOADED, UNCHANGED, *reasons.get(key, ()))}
    assert wrong == {}
    house.assert_sound()


def assert_loaded(house: House, becomes: dict[str, str], library: Library) -> None:
    """Every document that has to give a paper is what one comes from; none that has to be set aside is."""
    told = house.query(
        "SELECT d.source_id FROM main.paper_sources JOIN ops.documents AS d USING (document_id) "
        "WHERE d.source <> 'europepmc'"
    )
    assert Counter(told) == Counter((source_id,) for source_id, how in becomes.items() if how == LOADED)
    titled = sorted(paper.pmid for paper in library if paper.record["title"])
    assert house.query("SELECT pmid FROM papers WHERE source = 'europepmc' ORDER BY 1") == [(pmid,) for pmid in titled]
    house.assert_sound()
