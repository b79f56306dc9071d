"""What a user can get wrong, and what the world can: one clear line, the right exit code, the neighbours unharmed."""

import os
import random
import re
import string
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.apis.server import ApiServer, Exchange, Reply
from tests.apis.tomesphere import pages
from tests.integration import samples
from tests.integration.disks import SmallDisk
from tests.integration.house import Ended, House, Running, topic
from tests.integration.samples import article, page, pmcid

pytestmark = [pytest.mark.integration, pytest.mark.timeout(200)]

GOOD = {"name": "good", "source": "jats", "path": "good"}


def settings(**topics_entry: Any) -> str:
    """A configuration as text, with one topic."""
    return "topics:\n  - {" + ", ".join(f"{key}: {value}" for key, value in topics_entry.items()) + "}\n"


#: By what is wrong: the text of paperhouse.yaml, arguments, and what the line has to say.
MISTAKES: dict[str, tuple[str | bytes | None, list[str], list[str]]] = {
    "no configuration": (None, [], ["paperhouse.yaml", "--config"]),
    "no such file": (settings(**GOOD), ["--config", "mine.yaml"], ["mine.yaml", "--config"]),
    "a folder for a file": (settings(**GOOD), ["--config", "good"], ["good", "directory"]),
    "an empty file": ("", [], ["paperhouse.yaml", "topics"]),
    "broken YAML": ("topics:\n  - name: [\n", [], ["paperhouse.yaml", "line", "YAML"]),
    "not even text": (b"topics: \xff\xfe", [], ["paperhouse.yaml"]),
    "an unknown key": (f"warehose: 1\n{settings(**GOOD)}", [], ["paperhouse.yaml", "warehose", "'warehouse'"]),
    "an unknown key of a topic": (settings(**GOOD, patth="x"), [], ["topics[0].patth", "'path'"]),
    "a key written twice": (f"{settings(**GOOD)}topics: []\n", [], ["topics", "twice"]),
    "a wrong type": (settings(name="n", source="tomesphere", ids="PMC1"), [], ["topics[0].ids", "list", "PMC1"]),
    "an unknown source": (settings(name="n", source="jatz", path="x"), [], ["topics[0].source", "jatz", "jats"]),
    "an unknown topic": (settings(**GOOD), ["--topic", "god"], ["paperhouse.yaml", "'god'", "'good'"]),
    "an empty folder": (settings(name="n", source="jats", path="empty"), [], ["topics[0].path", "'empty'"]),
    "nothing matches": (settings(name="n", source="jats", path="no/**/*.xml"), [], ["topics[0].path", "no/**/*.xml"]),
    "one of two is wrong": (settings(**GOOD) + "  - {name: n, source: jats, path: gone.xml}\n", [], ["topics[1].path"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_configuration_ends_with_one_line(mistake: str, house: House) -> None:
    text, arguments, words = MISTAKES[mistake]
    samples.write(house.folder, {"good/a.xml": article(1)} | ({} if text is None else {"paperhouse.yaml": text}))
    (house.folder / "empty").mkdir()
    ended = house.ingest(*arguments)
    assert ended.code == 2
    assert ended.line.startswith("paperhouse: ")
    assert [word for word in words if word not in ended.line] == []
    assert not house.data.exists()


def test_a_file_in_place_of_the_warehouse_folder_ends_with_one_line(house: House) -> None:
    samples.write(house.folder, {"good/a.xml": article(1), "data": "not a folder"})
    house.configure(GOOD)
    ended = house.ingest()
    assert ended.code == 1
    assert str(house.data) in ended.line


@pytest.mark.parametrize("command", ["sql", "status", "rejects", "publish --nonsense", "nonsense"])
def test_arguments_and_configuration_are_checked_for_every_command(command: str, house: House) -> None:
    ended = house.run(*command.split())
    assert ended.code == 2
    assert "Traceback" not in ended.err
    assert ended.err.strip()


@pytest.mark.parametrize("command", [["sql", "SELECT 1"], ["status"], ["rejects"]])
def test_asking_before_the_first_ingest_ends_with_the_remedy(command: list[str], house: House) -> None:
    house.configure(GOOD)
    ended = house.run(*command)
    assert ended.code == 2
    assert "papers.duckdb" in ended.line
    assert "paperhouse ingest" in ended.line


def test_a_prefect_server_that_is_not_there_ends_with_one_line(house: House) -> None:
    samples.write(house.folder, {"good/a.xml": article(1)})
    house.configure(GOOD)
    house.env["PREFECT_API_URL"] = "http://127.0.0.1:9/api"
    ended = house.ingest()
    assert ended.code == 1
    assert ended.line.startswith("paperhouse: http://127.0.0.1:9/api: ")
    assert "PREFECT_API_URL" in ended.line


#: Files that cannot become papers, and what the line of each has to say.
BAD_FILES: dict[str, tuple[str | None, str]] = {
    "empty.xml": ("", "empty"),
    "error-page.xml": ("<!DOCTYPE html><html><head><title>503 Busy</title></head></html>", "HTML"),
    "cut.xml": (article(31)[:1200], "ends early"),
    "headless.xml": (article(32, title=None), "title"),
    "link.xml": (None, "No such file"),
}


def bad_neighbourhood(house: House) -> None:
    """Good articles and pages between files that are none."""
    samples.write(house.folder / "mixed", {name: text for name, (text, _) in BAD_FILES.items() if text is not None})
    samples.write(house.folder / "mixed", {"a.xml": article(1), "z.xml": article(2)})
    (house.folder / "mixed" / "link.xml").symlink_to("gone.xml")
    (house.folder / "mixed" / "folder.xml").mkdir()
    samples.write(house.folder / "pages", {"a.md": page(3), "bare.md": page(33, title=None)})
    house.configure(topic("mixed", "jats", "mixed/*.xml"), topic("pages", "tomesphere", "pages"))


def broken_sources(house: House) -> None:
    """An archive that ends early and a service that nobody runs, before a topic that is well."""
    whole = samples.tar_of(samples.articles(range(1, 41)), "")
    samples.write(house.folder, {"cut.tar": whole[: len(whole) // 2], "good/a.xml": article(50)})
    house.configure(
        topic("cut", "jats", "cut.tar"),
        topic("away", "tomesphere", ids=["PMC1", "PMC2"]),
        GOOD,
        sources={"tomesphere": {"base_url": "http://127.0.0.1:9", "requests_per_second": 50}},
    )


@pytest.fixture(scope="module", autouse=True)
def mishaps_under_way(lasting_houses: Callable[[str], House]) -> dict[str, tuple[House, Running]]:
    """Two ingests, one with bad files, one with broken sources; they run while the first tests do."""
    houses = {"files": lasting_houses("files"), "sources": lasting_houses("sources")}
    bad_neighbourhood(houses["files"])
    broken_sources(houses["sources"])
    return {name: (house, house.start("ingest")) for name, house in houses.items()}


@pytest.fixture(scope="module")
def mishaps(mishaps_under_way: dict[str, tuple[House, Running]]) -> dict[str, tuple[House, Ended]]:
    return {name: (house, running.wait()) for name, (house, running) in mishaps_under_way.items()}


def lines_about(name: str, ended: Ended) -> list[str]:
    return [line for line in ended.err.splitlines() if name in line]


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named_with_its_reason_on_one_line(name: str, mishaps: dict[str, tuple[House, Ended]]) -> None:
    _, ended = mishaps["files"]
    (line,) = lines_about(f"mixed/{name}", ended)
    assert BAD_FILES[name][1] in line


def test_a_page_without_a_title_is_named_with_its_reason_on_one_line(mishaps: dict[str, tuple[House, Ended]]) -> None:
    _, ended = mishaps["files"]
    (line,) = lines_about("pages/bare.md", ended)
    assert "title" in line


def test_bad_files_do_not_fail_the_run_nor_their_neighbours(mishaps: dict[str, tuple[House, Ended]]) -> None:
    house, ended = mishaps["files"]
    assert ended.code == 0
    assert "Traceback" not in ended.err
    assert len(ended.err.splitlines()) == len(BAD_FILES) + 1
    assert house.papers() == [pmcid(1), pmcid(2), pmcid(3)]
    assert house.counts() == {"mixed": ("done", 7, 2, 0, 5), "pages": ("done", 2, 1, 0, 1)}
    house.assert_sound()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_rejected_with_its_reason(house: House) -> None:
    samples.write(house.folder / "mixed", {"a.xml": article(1), "secret.xml": article(2)})
    (house.folder / "mixed" / "secret.xml").chmod(0)
    house.configure(topic("mixed", "jats", "mixed"))
    ended = house.ingest().ok()
    assert "mixed/secret.xml" in ended.line
    assert "Permission denied" in ended.line
    assert house.papers() == [pmcid(1)]


def test_a_truncated_archive_fails_its_topic_after_the_members_before_the_cut(
    mishaps: dict[str, tuple[House, Ended]],
) -> None:
    house, ended = mishaps["sources"]
    (line,) = lines_about("cut.tar", ended)
    assert ended.code == 1
    assert "topic cut failed" in line
    assert "fetch the archive anew" in line
    status, fetched, loaded, _, rejected = house.counts()["cut"]
    assert (status, rejected) == ("failed", 0)
    assert 10 < fetched == loaded < 40
    assert house.papers() == [*(pmcid(number) for number in range(1, loaded + 1)), pmcid(50)]


def test_an_unreachable_service_fails_its_topic_with_one_line(mishaps: dict[str, tuple[House, Ended]]) -> None:
    house, ended = mishaps["sources"]
    (line,) = lines_about("topic away failed", ended)
    assert "http://127.0.0.1:9/" in line
    assert "base_url" in line
    assert house.counts()["away"] == ("failed", 0, 0, 0, 0)


def test_topics_after_a_failed_one_are_loaded(mishaps: dict[str, tuple[House, Ended]]) -> None:
    house, ended = mishaps["sources"]
    assert len(ended.err.splitlines()) == 2
    assert house.counts()["good"] == ("done", 1, 1, 0, 0)
    house.assert_sound()


def incompressible(number: int) -> str:
    chance = random.Random(number)
    return "".join(chance.choices(string.ascii_letters + string.digits, k=100_000))


@pytest.mark.parametrize(
    ("where", "size"),
    [pytest.param("landing", "1m", marks=pytest.mark.slow), ("", "4m")],
    ids=["landing", "whole warehouse"],
)
def test_a_full_disk_ends_with_one_line_and_the_next_run_goes_on(
    where: str, size: str, house: House, small_disk: Callable[[Path], SmallDisk]
) -> None:
    texts = {f"{number}.xml": article(number, words=incompressible(number)) for number in range(1, 31)}
    samples.write(house.folder / "articles", texts)
    house.configure(topic("articles", "jats", "articles"))
    disk = small_disk(house.data / where)
    disk.size(size)

    ended = house.ingest()
    assert ended.code == 1
    assert "disk is full" in ended.line
    assert str(house.data) in ended.line

    disk.size("200m", "remount")
    house.ingest().ok()
    assert len(house.papers()) == len(texts)
    assert house.counts()["articles"][:2] == ("done", len(texts))
    house.assert_sound()


def test_only_one_ingest_writes_at_a_time(house: House, serve: Callable[..., ApiServer]) -> None:
    server, asked, go_on = serve(pages({pmcid(1): page(1).encode()})), threading.Event(), threading.Event()

    def held(exchange: Exchange, reply: Reply) -> None:
        asked.set()
        go_on.wait(100)
        exchange.send(reply)

    server.fail(held)
    house.configure(topic("one", "tomesphere", ids=[pmcid(1)]), sources={"tomesphere": {"base_url": server.base_url}})
    first = house.start("ingest")
    first.wait_until(asked.is_set)

    for command in (["ingest"], ["publish"]):
        busy = house.run(*command)
        assert busy.code == 1
        assert str(house.data) in busy.line
        assert re.search(rf"process {first.process.pid}\b.*wait", busy.line)
    patient = house.start("ingest", "--wait", "100")
    go_on.set()

    first.wait().ok()
    patient.wait().ok()
    assert [(run["loaded"], run["unchanged"]) for run in house.runs()] == [(1, 0), (0, 1)]
    house.assert_sound()
