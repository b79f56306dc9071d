"""One paper, many witnesses: the rows are the same whoever told first, told again, or was withdrawn."""

import io
import json
import random
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import pytest

from flows.status import withdraw_source
from schemas.config import Merging
from schemas.derived import MAIN
from schemas.errors import NoWarehouse
from tasks.batches import Batch
from tasks.load import load_valid
from tasks.parse import parse_landed
from tasks.parsers.batch import PARSERS
from tasks.parsers.rows import ParseError
from tasks.reconsider import merge_again, parse_again, withdraw
from tasks.validate import validate_parsed
from tests.apis.library import article
from tests.apis.records import core
from tests.older import older
from tests.unit.conftest import NOW
from warehouse.landing import Landed, Landing, document_id
from warehouse.layout import Layout
from warehouse.runs import Counts, Run, start_run
from warehouse.store import clear_work, open_build

#: What two loads of the same documents may differ in, and names that a test does not care for.
LINEAGE = ("fetched_at", "updated_at", "run_id")

Document = tuple[str, str, bytes]


def jats(name: str, pmcid: str, title: str) -> Document:
    return "jats", name, article(pmcid, title, "A text.")


def page(name: str, ids: str, title: str, *parts: str) -> Document:
    text = f"# {title}\n\n**Authors:** Ada Quill\n\n{ids} · A Journal of Pages · 2025-07-01\n\n" + "\n\n".join(parts)
    return "tomesphere", name, text.encode()


def record(own_id: str, title: str, **fields: Any) -> Document:
    answer = {"version": "6.9", "hitCount": 1, "resultList": {"result": [core(own_id, title=title, **fields)]}}
    return "europepmc", f"search {own_id}", json.dumps(answer).encode()


KINDS = {"jats": "jats", "tomesphere": "tomesphere-page", "europepmc": "europepmc-search"}


class Warehouse:
    """A warehouse that documents are told to, each in a batch and a run of its own."""

    def __init__(self, folder: Path, merging: Merging | None = None) -> None:
        self.layout, self.merging = Layout(folder), merging or Merging()

    def tell(self, *documents: Document, flow_run: str | None = None) -> Counts:
        """Load the documents as one batch. flow_run: that of an earlier batch."""
        clear_work(self.layout)
        landing, run = Landing(self.layout.landing), Run(uuid4().hex, flow_run or uuid4().hex, "ingest", "a topic")
        lines = []
        for source, name, body in documents:
            stored = landing.store(io.BytesIO(body))
            url = f"file:///{name}"
            key = document_id(source, url, stored.sha256)
            lines.append(
                Landed(key, source, name, KINDS[source], url, stored.sha256, stored.bytes, NOW.isoformat(), run.run_id)
            )
        with open_build(self.layout) as con:
            start_run(con, run)
        batch = Batch("batch", landing.write_journal(run.run_id, lines))
        valid = validate_parsed(parse_landed(self.layout, batch))
        return load_valid(self.layout, valid, run, Counts(), False, self.merging)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that is published, without lineage."""
        with open_build(self.layout) as con:
            found = {}
            for table, model in MAIN.items():
                columns = [f'"{name}"' for name in model.to_schema().columns if name not in LINEAGE]
                found[table] = con.execute(f'SELECT {", ".join(columns)} FROM main."{table}" ORDER BY ALL').fetchall()
            return found

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with open_build(self.layout) as con:
            return con.execute(query).fetchall()


@pytest.fixture
def warehouses(tmp_path: Path) -> Callable[..., Warehouse]:
    return lambda merging=None: Warehouse(tmp_path / uuid4().hex, merging)


DOI = "10.5555/shared"
#: One paper: a page that knows its DOI only, a PubMed record that links the page to the article, and the article.
ONE_PAPER = (
    page("page.md", f"DOI: {DOI}", "As the page has it", "## TL;DR\n\nIn one line.", "## Abstract\n\nFrom the page."),
    record("1", "As the record has it.", doi=DOI, pmcid="PMC1", mesh=("Water",), cited=3),
    jats("article.xml", "PMC1", "As the article has it"),
)
#: Another article that claims the DOI of the first record, and a page that knows nothing but that DOI.
CONTRADICTION = record("2", "Another paper with the same DOI.", doi=DOI, pmcid="PMC2")


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_one_paper_of_three_sources(order: tuple[int, ...], warehouses: Callable[..., Warehouse]) -> None:
    warehouse = warehouses()
    for number in order:
        warehouse.tell(ONE_PAPER[number])
    ((paper_id, title, tldr, mesh, cited, journal, doi, source),) = warehouse.ask(
        "SELECT paper_id, title, tldr, mesh_terms, cited_by_count, journal, doi, source FROM papers"
    )
    assert (paper_id, title, tldr, mesh) == ("PMC1", "As the article has it", "In one line.", ["Water"])
    assert (cited, journal, doi, source) == (3, "Journal of samples", DOI, "jats")
    gave = dict(warehouse.ask("SELECT source, gave FROM paper_sources"))
    assert {"title", "sections", "pmcid"} <= set(gave["jats"])
    assert {"doi", "mesh_terms", "cited_by_count", "pmid"} <= set(gave["europepmc"])
    assert set(gave["tomesphere"]) == {"tldr"}


def test_every_order_of_arrival_gives_the_same_rows(warehouses: Callable[..., Warehouse]) -> None:
    documents = (*ONE_PAPER, CONTRADICTION)
    together = warehouses()
    together.tell(*documents)
    expected = together.rows()
    assert [row[0] for row in expected["papers"]] == ["DOI:10.5555/shared", "PMC1", "PMC2"]
    for order in random.Random(5).sample(list(permutations(documents)), 4):
        warehouse = warehouses()
        for document in order:
            warehouse.tell(document)
        assert warehouse.rows() == expected
    warehouse.tell(documents[0])
    assert warehouse.rows() == expected


@pytest.mark.parametrize("source", ["jats", "tomesphere", "europepmc"])
def test_a_source_that_is_withdrawn_was_never_there(source: str, warehouses: Callable[..., Warehouse]) -> None:
    documents = (*ONE_PAPER, jats("alone.xml", "PMC7", "Only an article"))
    expected = warehouses()
    expected.tell(*(document for document in documents if document[0] != source))
    warehouse = warehouses()
    for document in documents:
        warehouse.tell(document)
    told, gone = withdraw(warehouse.layout, source, warehouse.merging)
    assert warehouse.rows() == expected.rows()
    assert (told, gone) == {"jats": (2, 1), "tomesphere": (1, 0), "europepmc": (1, 0)}[source]
    warehouse.tell(*(document for document in documents if document[0] == source))
    whole = warehouses()
    whole.tell(*documents)
    assert warehouse.rows() == whole.rows()


def test_a_record_that_loses_its_doi_parts_what_it_joined(warehouses: Callable[..., Warehouse]) -> None:
    warehouse, apart = warehouses(), warehouses()
    for document in ONE_PAPER:
        warehouse.tell(document)
    without = record("1", "As the record has it.", pmcid="PMC1")
    warehouse.tell(without)
    for document in (ONE_PAPER[0], without, ONE_PAPER[2]):
        apart.tell(document)
    assert warehouse.rows() == apart.rows()
    assert [row[0] for row in apart.rows()["papers"]] == ["DOI:10.5555/shared", "PMC1"]


def test_the_order_of_trust_is_the_configurations(warehouses: Callable[..., Warehouse]) -> None:
    trusting = Merging(order=["europepmc"], fields={"title": ["tomesphere"]})
    warehouse, changed = warehouses(trusting), warehouses()
    for document in ONE_PAPER:
        warehouse.tell(document)
        changed.tell(document)
    titles = "SELECT title, source FROM papers"
    assert warehouse.ask(titles) == [("As the page has it", "europepmc")]
    assert changed.ask(titles) == [("As the article has it", "jats")]
    assert merge_again.fn(changed.layout, trusting) == 1
    assert changed.rows() == warehouse.rows()
    assert merge_again.fn(changed.layout, trusting) == 0
    assert merge_again.fn(changed.layout, Merging()) == 1
    assert changed.ask(titles) == [("As the article has it", "jats")]


def test_ids_that_contradict_each_other_are_reported(warehouses: Callable[..., Warehouse]) -> None:
    warehouse = warehouses()
    warehouse.tell(*ONE_PAPER)
    conflicts = "SELECT scheme, value, paper_ids, claims FROM paper_id_conflicts"
    assert warehouse.ask(conflicts) == []
    warehouse.tell(CONTRADICTION)
    claims = ["DOI:10.5555/shared (tomesphere)", "PMC1 (europepmc)", "PMC2 (europepmc)"]
    assert warehouse.ask(conflicts) == [("doi", DOI, ["DOI:10.5555/shared", "PMC1", "PMC2"], claims)]


def test_what_a_parser_refuses_when_it_is_asked_again_is_set_aside(
    warehouses: Callable[..., Warehouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: BinaryIO, source_id: str) -> Iterator[ParseError]:
        yield ParseError("well-formed", f"{source_id}: no article")

    warehouse = warehouses()
    warehouse.tell(ONE_PAPER[2])
    monkeypatch.setitem(PARSERS, "jats", refuse)
    warehouse.tell(ONE_PAPER[1])
    assert warehouse.ask("SELECT title, source FROM papers") == [("As the record has it", "europepmc")]
    assert warehouse.ask('SELECT source, "check", value FROM ops.rejects') == [
        ("jats", "well-formed", "article.xml: no article")
    ]


def test_what_is_the_same_as_a_paper_that_is_set_aside_is_set_aside_too(warehouses: Callable[..., Warehouse]) -> None:
    """It is in the warehouse no more than the other: to call it unchanged would lose it without a word."""
    reasons = 'SELECT source_id, "check", value FROM ops.rejects ORDER BY 1'
    headless = warehouses()
    assert headless.tell(jats("a.xml", "PMC1", ""), jats("b.xml", "PMC1", "")) == Counts(rejected=2)
    (_, check, _), same = headless.ask(reasons)
    assert check == "not_nullable"
    assert same == ("b.xml", "set_aside", "PMC1 is the same as in file:///a.xml, which was set aside")
    doubles = warehouses()
    doubles.tell(jats("a.xml", "PMC1", "One"), flow_run="same")
    other = [jats(name, "PMC1", "Another") for name in ("b.xml", "c.xml")]
    assert doubles.tell(*other, flow_run="same") == Counts(rejected=2)
    (_, check, _), same = doubles.ask(reasons)
    assert (check, same[:2]) == ("unique", ("c.xml", "set_aside"))


def test_there_is_nothing_to_withdraw_from_before_the_first_ingest(tmp_path: Path) -> None:
    config = tmp_path / "paperhouse.yaml"
    config.write_text("topics: [{name: pages, source: tomesphere, ids: [PMC1]}]", encoding="utf-8")
    with pytest.raises(NoWarehouse, match="no warehouse yet"):
        withdraw_source(str(config), "jats")
    assert not (tmp_path / "data").exists()


def aged(warehouse: Warehouse) -> None:
    """Let the build file be one that the first version wrote."""
    build = warehouse.layout.build
    newest = build.replace(build.with_name("newest.duckdb"))
    older(newest, build, 1)
    newest.unlink()


#: An article whose funding the first version did not read.
FUNDED = (
    "jats",
    "funded.xml",
    article("PMC7", "With funding", "A text.").replace(
        b"</article-meta>",
        b"<funding-group><funding-statement>Paid by nobody.</funding-statement></funding-group></article-meta>",
    ),
)


def test_papers_of_an_earlier_version_are_parsed_again(warehouses: Callable[..., Warehouse]) -> None:
    warehouse = warehouses()
    warehouse.tell(FUNDED, page("page.md", "PMC8", "A page"))
    warehouse.tell(record("1", "A record.", doi=DOI))
    expected = warehouse.rows()
    assert warehouse.ask("SELECT funding FROM papers WHERE paper_id = 'PMC7'") == [(["Paid by nobody."],)]
    assert parse_again.fn(warehouse.layout, warehouse.merging) == []
    assert warehouse.ask("SELECT count(*) FROM ops.runs WHERE flow = 'parse again'") == [(0,)]
    aged(warehouse)
    assert warehouse.ask("SELECT funding FROM papers WHERE paper_id = 'PMC7'") == [(None,)]
    clear_work(warehouse.layout)
    for _ in range(2):
        assert parse_again.fn(warehouse.layout, warehouse.merging) == []
        assert warehouse.rows() == expected
        assert warehouse.ask("SELECT status FROM ops.runs WHERE flow = 'parse again'") == [("done",)]


def test_a_document_that_is_gone_costs_nothing_that_was_there(warehouses: Callable[..., Warehouse]) -> None:
    warehouse = warehouses()
    warehouse.tell(FUNDED)
    expected = warehouse.rows()
    ((sha256,),) = warehouse.ask("SELECT sha256 FROM ops.documents")
    document = Landing(warehouse.layout.landing).path(sha256)
    kept = document.read_bytes()
    aged(warehouse)
    clear_work(warehouse.layout)
    document.unlink()
    (line,) = parse_again.fn(warehouse.layout, warehouse.merging)
    assert str(document) in line and "restore it from a backup" in line
    assert warehouse.ask("SELECT title, funding FROM papers") == [("With funding", None)]
    assert warehouse.ask("SELECT status FROM ops.runs WHERE flow = 'parse again'") == [("failed",)]
    document.write_bytes(kept)
    assert parse_again.fn(warehouse.layout, warehouse.merging) == []
    assert warehouse.rows() == expected
