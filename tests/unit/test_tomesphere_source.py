"""Pages by id over HTTP and from disk."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.errors import Unreachable
from tasks.sources import tomesphere
from tasks.sources.documents import RawDocument, Unfetched
from tasks.sources.files import find_files
from tasks.sources.http import ATTEMPTS, Service
from tasks.sources.services import DOWN
from tests.apis import faults
from tests.apis.server import ApiServer
from tests.apis.tomesphere import pages

PAGE = b"# A title\n\n**Authors:** A B\n\n## Abstract\n\nText.\n"
Serve = Callable[..., ApiServer]


def fetch(server: ApiServer, ids: list[str]) -> list[tuple[str, bytes | str]]:
    """The body of each page, or the check it failed."""
    with Service("tomesphere", server.base_url, requests_per_second=1000, back_off=0.01, max_bytes=100_000) as service:
        found: list[tuple[str, bytes | str]] = []
        for document in tomesphere.iter_pages(service, ids):
            assert (document.source, document.kind) == ("tomesphere", "tomesphere-page")
            if isinstance(document, RawDocument):
                found.append((document.source_id, document.body.read()))
            else:
                found.append((document.source_id, document.check))
        return found


def test_pages_by_id(serve: Serve) -> None:
    strange = "10.1/x y#?ü"
    server = serve(pages({"PMC1": PAGE, strange: PAGE}))
    with Service("tomesphere", server.base_url, requests_per_second=1000) as service:
        first, gone, last = tomesphere.iter_pages(service, ["PMC1", "PMC404", strange])
    assert isinstance(first, RawDocument) and first.body.read() == PAGE
    assert first.url == f"{server.base_url}/paper/PMC1/full.md"
    assert gone == Unfetched(
        "tomesphere",
        "PMC404",
        "tomesphere-page",
        f"{server.base_url}/paper/PMC404/full.md",
        "found",
        f"tomesphere: GET {server.base_url}/paper/PMC404/full.md is answered with 404 Not Found: check the id",
    )
    assert isinstance(last, RawDocument) and last.body.read() == PAGE
    assert last.url == f"{server.base_url}/paper/10.1%2Fx%20y%23%3F%C3%BC/full.md"
    assert all("text/markdown" in request.headers["Accept"] for request in server.requests)


@pytest.mark.parametrize(
    "page",
    [
        PAGE,
        b"\xef\xbb\xbf\r\n\r\n" + PAGE,
        b"---\nid: PMC1\n---\n\n" + PAGE,
        b"> a note before the title\n\n" + PAGE,
    ],
)
def test_pages_are_known_by_their_bodies(serve: Serve, page: bytes) -> None:
    server = serve(pages({"PMC1": PAGE}))
    server.fail(faults.answer(page, "text/html"))
    assert fetch(server, ["PMC1"]) == [("PMC1", page)]
    assert len(server.requests) == 1


def test_what_is_no_page_is_set_aside_and_the_next_ones_follow(serve: Serve) -> None:
    wrong = {
        "html": faults.html("text/markdown"),
        "json": faults.answer(b'{"detail": "# not\\n# ready"}'),
        "empty": faults.answer(b""),
        "text": faults.answer(b"try again later"),
        "refused": faults.status(403),
        "elsewhere": faults.redirect("http://example.org/"),
    }
    server = serve(pages(dict.fromkeys([*wrong, "large", "PMC1"], PAGE)))
    for page_id, fault in wrong.items():
        server.fail(fault, times=4, path=f"/{page_id}/")
    server.fail(faults.answer(b"# Large\n" * 100_000), path="/large/")
    expected: list[tuple[str, bytes | str]] = [(page_id, "answer") for page_id in wrong]
    assert fetch(server, [*wrong, "large", "PMC1"]) == [*expected, ("large", "size"), ("PMC1", PAGE)]
    assert set(server.asked().values()) == {4, 1}


def test_a_page_that_comes_at_the_third_try(serve: Serve) -> None:
    server = serve(pages({"PMC1": PAGE}))
    server.fail(faults.drop, faults.html())
    assert fetch(server, ["PMC1"]) == [("PMC1", PAGE)]


def test_a_page_that_is_never_answered_does_not_keep_those_behind_it(serve: Serve) -> None:
    server = serve(pages({"PMC1": PAGE, "PMC2": PAGE, "PMC3": PAGE}))
    server.fail(faults.status(503), times=8, path="PMC1")
    server.fail(faults.status(503), times=4, path="PMC3")
    assert fetch(server, ["PMC1", "PMC2"]) == [("PMC1", "answer"), ("PMC2", PAGE)]
    assert fetch(server, ["PMC2", "PMC1", "PMC3"]) == [("PMC2", PAGE), ("PMC1", "answer"), ("PMC3", "answer")]


@pytest.mark.parametrize("first", [["PMC1"], []])
def test_a_service_that_is_down_ends_it(serve: Serve, first: list[str]) -> None:
    server = serve(pages({"PMC1": PAGE}))
    server.fail(faults.status(503), times=99, path="PMC9")
    down = [f"PMC9{number}" for number in range(9 if first else DOWN - 1)]
    with Service("tomesphere", server.base_url, requests_per_second=1000, back_off=0.01) as service:
        documents = tomesphere.iter_pages(service, [*first, *down])
        assert [isinstance(next(documents), RawDocument) for _ in first] == [True] * len(first)
        with pytest.raises(Unreachable):
            next(documents)
    assert len(server.requests) == len(first) + ATTEMPTS * min(DOWN, len(down))


def test_units_of_a_hundred_ids() -> None:
    assert [len(unit) for unit in tomesphere.plan(str(n) for n in range(250))] == [100, 100, 50]
    assert list(tomesphere.plan([])) == []


def test_pages_from_disk(tmp_path: Path) -> None:
    for name in ("a.md", "b.markdown", "c.txt"):
        (tmp_path / name).write_bytes(PAGE)
    found = tomesphere.iter_files(find_files(".", tmp_path, tomesphere.SUFFIXES), tmp_path)
    assert [(document.source_id, document.kind) for document in found] == [
        ("a.md", "tomesphere-page"),
        ("b.markdown", "tomesphere-page"),
    ]


def test_the_server_by_hand(tmp_path: Path) -> None:
    (tmp_path / "PMC1.md").write_bytes(PAGE)
    command = [
        sys.executable,
        "-m",
        "tests.apis",
        "--pages",
        str(tmp_path),
        "--port",
        "0",
        "--log",
        str(tmp_path / "log"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            with urllib.request.urlopen(f"{address}/paper/PMC1/full.md", timeout=5) as reply:
                assert reply.read() == PAGE
        finally:
            process.terminate()
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert json.loads(line)["target"] == "/paper/PMC1/full.md"
