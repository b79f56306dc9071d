"""Concepts are linked and named by vocabularies: whichever came first, again when they change, and only where."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.config import load_config
from schemas.errors import ConfigError
from tasks.sources.vocabularies import configured
from tasks.vocabularies import Refreshed, not_loaded, refresh
from tests.apis.server import ApiServer, Reply, Request
from tests.unit.conftest import RUN, Row, frames, load_of, rows, sha256
from tests.vocabulary import LIVER_FAILURE, NEOPLASM, mapping_set
from warehouse.landing import Landing
from warehouse.layout import Layout
from warehouse.load import Load, load
from warehouse.lookup import lookup
from warehouse.runs import Counts, start_run
from warehouse.store import clear_work, open_build

NAMES = "SELECT label, curie, name, named_by FROM entities WHERE linked_from IS NULL ORDER BY ALL"
LINKED = "SELECT paper_id, scope, entity_type, label, curie, name, mention_count, source, linked_from, named_by " \
    "FROM entities WHERE linked_from IS NOT NULL ORDER BY ALL"  # fmt: skip


def found(label: str, curie: str | None = "MESH:D017093", **values: Any) -> Row:
    """A concept that a source found in a full text."""
    return {"label": label, "curie": curie, "scope": "full_text", "source": "pubtator", **values}


def paper(*entities: Row, key: str = "PMC1") -> Load:
    content = sha256(f"{key} {entities}")
    batch = frames([{"paper_id": key, "content_hash": content}], entities=[{"paper_id": key, **e} for e in entities])
    return load_of(batch)


class Folder:
    """A folder with a configuration, a mapping set and a warehouse, to which papers and vocabularies are told."""

    def __init__(self, path: Path) -> None:
        self.layout, self.set, self.file = Layout(path / "data"), path / "set.tsv", path / "paperhouse.yaml"
        self.configure("set.tsv")
        with open_build(self.layout) as con:
            start_run(con, RUN)

    def configure(self, location: str) -> None:
        topics = "topics: [{name: a, source: tomesphere, ids: [PMC1]}]"
        self.file.write_text(f"vocabularies: {{mondo_mesh: '{location}'}}\n{topics}\n", encoding="utf-8")

    def tell(self, *batches: Load) -> None:
        with open_build(self.layout) as con:
            for batch in batches:
                load(con, batch, RUN, Counts())

    def refresh(self) -> Refreshed:
        clear_work(self.layout)
        (result,) = refresh(self.layout, list(configured(load_config(self.file))), "flow-run-1")
        return result

    def link(self, *mappings: tuple[str, str, str], version: str = "1") -> Refreshed:
        """Refresh the vocabulary, which has these mappings now."""
        self.set.write_text(mapping_set(*mappings, version=version), encoding="utf-8")
        return self.refresh()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with open_build(self.layout) as con:
            return rows(con, sql)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


LIVER = paper(found("liver failure", mention_count=2), found("hepatic failure", mention_count=3),
              found("liver failure", scope="abstract", mention_count=2), found("nothing known", None))  # fmt: skip
LINKED_LIVER = ("PMC1", "linked", "Disease", "liver failure", "MONDO:0100192", "liver failure", 7, "pubtator",
                "MESH:D017093", "mondo_mesh")  # fmt: skip


@pytest.mark.parametrize("vocabulary_first", [True, False])
def test_a_mesh_disease_is_linked_to_mondo(folder: Folder, vocabulary_first: bool) -> None:
    if vocabulary_first:
        folder.link(LIVER_FAILURE, NEOPLASM)
    folder.tell(LIVER)
    if not vocabulary_first:
        assert folder.link(LIVER_FAILURE, NEOPLASM) == Refreshed("mondo_mesh", rows=2, relinked=1)
    assert folder.ask(LINKED) == [LINKED_LIVER]
    folder.tell(LIVER)
    assert folder.ask(LINKED) == [LINKED_LIVER], "a paper that is loaded again is linked again, once"
    assert len(folder.ask(NAMES)) == 4


def test_what_a_source_links_itself_is_not_linked_again(folder: Folder) -> None:
    own = {"label": "failing liver", "curie": "MONDO:0100192", "scope": "linked", "source": "tomesphere"}
    folder.tell(paper(own, found("liver failure", source="tomesphere"), found("liver failure")))
    folder.link(LIVER_FAILURE)
    assert [row[7] for row in folder.ask(LINKED)] == ["pubtator"]


def test_a_name_is_filled_only_where_a_source_gives_none(folder: Folder) -> None:
    mondo = {"curie": "MONDO:0100192", "scope": "linked", "source": "tomesphere"}
    folder.tell(paper(found("LF", **mondo), found("NETs", **mondo | {"name": "as the source says"})))
    folder.link(LIVER_FAILURE)
    assert folder.ask(NAMES) == [
        ("LF", "MONDO:0100192", "liver failure", "mondo_mesh"),
        ("NETs", "MONDO:0100192", "as the source says", None),
    ]
    folder.link(("MONDO:0100192", "failure of the liver", "mesh:D017093"))
    assert [row[2:] for row in folder.ask(NAMES)] == [
        ("failure of the liver", "mondo_mesh"),
        ("as the source says", None),
    ]
    folder.link(NEOPLASM)
    assert [row[2:] for row in folder.ask(NAMES)] == [(None, None), ("as the source says", None)]


def test_only_the_papers_whose_links_change_are_linked_anew(folder: Folder) -> None:
    folder.tell(LIVER, paper(found("NETs", "MESH:D018358"), key="PMC2"))
    folder.link(LIVER_FAILURE, NEOPLASM)
    first = folder.ask("SELECT * FROM entities WHERE paper_id = 'PMC1' ORDER BY ALL")
    renamed = ("MONDO:0019496", "neuroendocrine tumour", "mesh:D018358")
    assert folder.link(LIVER_FAILURE, renamed, version="2") == Refreshed("mondo_mesh", rows=2, relinked=1)
    assert [row[5] for row in folder.ask(LINKED)] == ["liver failure", "neuroendocrine tumour"]
    assert folder.ask("SELECT * FROM entities WHERE paper_id = 'PMC1' ORDER BY ALL") == first
    assert folder.link(LIVER_FAILURE, version="3").relinked == 1
    assert folder.ask(LINKED) == [LINKED_LIVER]


def test_what_is_loaded_is_known_and_traceable(folder: Folder) -> None:
    folder.link(LIVER_FAILURE, version="2026-08-04")
    with open_build(folder.layout) as con:
        (known,) = lookup(con, "vocabularies")
        (document,) = rows(
            con, "SELECT source, kind, url, sha256, flow FROM ops.documents JOIN ops.runs USING (run_id)"
        )
    assert (known["name"], known["version"], known["rows"], known["error"]) == ("mondo_mesh", "2026-08-04", 1, None)
    assert document == ("mondo_mesh", "sssom", known["address"], known["sha256"], "vocabularies")
    with Landing(folder.layout.landing).open(known["sha256"]) as body:
        assert body.read() == folder.set.read_bytes()
    assert folder.refresh() == Refreshed("mondo_mesh"), "the same bytes are not loaded again"
    with open_build(folder.layout) as con:
        assert lookup(con, "vocabularies") == [known]


@pytest.mark.parametrize(
    ("content", "why"), [("<html>", "is no SSSOM table"), (None, "cannot be read: No such file or directory; mend")]
)
def test_one_that_fails_is_noted_and_what_was_loaded_stays(folder: Folder, content: str | None, why: str) -> None:
    folder.tell(LIVER)
    folder.link(LIVER_FAILURE)
    if content is None:
        folder.set.unlink()
    else:
        folder.set.write_text(content, encoding="utf-8")
    result = folder.refresh()
    assert result.error and why in result.error and str(folder.set) in result.error
    assert folder.ask(LINKED) == [LINKED_LIVER]
    assert folder.ask("SELECT rows, error FROM ops.vocabularies") == [(1, result.error)]
    assert folder.ask("SELECT status, error FROM ops.runs ORDER BY started_at DESC LIMIT 1") == [
        ("failed", result.one_line())
    ]
    assert folder.link(LIVER_FAILURE).error is None
    assert folder.ask("SELECT rows, error FROM ops.vocabularies") == [(1, None)]


def test_what_was_never_loaded_or_is_elsewhere_now_is_to_be_loaded(folder: Folder, tmp_path: Path) -> None:
    def waiting() -> list[str]:
        return [vocabulary.name for vocabulary in not_loaded(folder.layout, list(configured(load_config(folder.file))))]

    assert waiting() == ["mondo_mesh"]
    folder.refresh()
    assert waiting() == ["mondo_mesh"], "it failed"
    folder.link(LIVER_FAILURE)
    assert waiting() == []
    folder.configure("another.tsv")
    assert waiting() == ["mondo_mesh"]


def test_over_http_and_where_a_permanent_address_leads(folder: Folder, serve: Callable[..., ApiServer]) -> None:
    served = mapping_set(LIVER_FAILURE).encode()

    def service(request: Request) -> Reply:
        if request.path == "/purl/set.tsv":
            elsewhere = f"http://localhost:{server.server_port}/release/set.tsv"
            return Reply(status=302, headers={"Location": elsewhere})
        return Reply(served, "text/plain") if request.path == "/release/set.tsv" else Reply(b"none", status=404)

    server = serve(service)
    folder.configure(f"{server.base_url}/purl/set.tsv")
    assert folder.refresh() == Refreshed("mondo_mesh", rows=1)
    assert folder.ask("SELECT address FROM ops.vocabularies") == [(f"{server.base_url}/purl/set.tsv",)]
    folder.configure(f"{server.base_url}/gone.tsv")
    result = folder.refresh()
    assert result.error and "404" in result.error


def test_an_address_that_is_none_is_a_mistake_of_the_configuration(folder: Folder) -> None:
    folder.configure("http://host:port/set.tsv")
    with pytest.raises(ConfigError, match=r"vocabularies\.mondo_mesh: 'http://host:port/set\.tsv' is no URL: .*mend"):
        folder.refresh()


def test_a_page_shows_what_sources_gave(folder: Folder) -> None:
    folder.tell(LIVER)
    with open_build(folder.layout) as con:
        before = lookup(con, "paper", paper_id="PMC1")
    folder.link(LIVER_FAILURE)
    with open_build(folder.layout) as con:
        assert lookup(con, "paper", paper_id="PMC1") == before


def test_a_paper_that_goes_takes_its_links_along(folder: Folder) -> None:
    folder.link(LIVER_FAILURE)
    folder.tell(LIVER, replace(load_of(frames([])), touched=["PMC1"]))
    assert folder.ask("FROM entities") == []


def test_duckdb_keeps_rows_in_place_where_a_name_changes() -> None:
    """The order of a paper's entities is that of their rowids, which naming them must not change."""
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t (n INTEGER, name VARCHAR, list VARCHAR[])")
        con.execute("INSERT INTO t SELECT range, NULL, ['a'] FROM range(5000)")
        con.execute("UPDATE t SET name = 'x' WHERE n % 2 = 0")
        assert rows(con, "SELECT count(*) FROM t WHERE rowid <> n") == [(0,)]
