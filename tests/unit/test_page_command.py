"""``paperhouse page``: any id leads to the paper, and the page holds what the warehouse holds."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from flows.page import show_page
from schemas.errors import PaperhouseError
from schemas.identifiers import readings
from tasks.parsers import tomesphere
from tasks.parsers.rows import PaperRows
from tests.unit.conftest import NOW, RUN, frames, load_of
from warehouse.load import load
from warehouse.runs import Counts

PAGE = Path(__file__).parents[2] / "demo/pages/PMC99000002.md"


def parse(content: bytes) -> PaperRows:
    (found,) = tomesphere.parse(io.BytesIO(content), PAGE.stem)
    assert isinstance(found, PaperRows)
    return found


@pytest.fixture
def config(con: duckdb.DuckDBPyConnection, published: Callable[[], str]) -> str:
    """A warehouse with the paper of a demo page, and two papers that share a DOI."""
    rows = parse(PAGE.read_bytes())
    own = {"paper_id": PAGE.stem, "source": "tomesphere"}
    papers = [
        rows.paper | own | {"pmid": "77", "language": None, "fetched_at": NOW + timedelta(days=1)},
        {"paper_id": "PMC1", "pmcid": "PMC1", "doi": "10.5555/shared"},
        {"paper_id": "JATS:two", "doi": "10.5555/shared", "authors": None},
    ]
    children = {table: [row | own for row in getattr(rows, table)] for table in ("entities", "references")} | {
        table: [row | {"paper_id": PAGE.stem} for row in getattr(rows, table)] for table in ("authors", "sections")
    }
    children["authors"] = [row | {"orcid": None} for row in children["authors"]]
    load(con, load_of(frames(papers, **children)), RUN, Counts(loaded=3))
    return published()


@pytest.mark.parametrize(
    "wanted",
    [
        "PMC99000002",
        "pmc99000002",
        "77",
        "PMID:77",
        "10.5555/Paperhouse.2025.2",
        "https://doi.org/10.5555/paperhouse.2025.2",
    ],
)
def test_any_id_leads_to_the_page(wanted: str, config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_page(config, wanted, full=True) == 0
    expected = parse(PAGE.read_bytes())
    expected.paper["pmid"] = "77"
    assert parse(capsys.readouterr().out.encode()) == expected


def test_a_summary_leads_to_the_complete_page(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_page(config, "77", full=False) == 0
    assert "`paperhouse page PMC99000002 --full`" in capsys.readouterr().out


def test_an_id_that_nobody_has(config: str) -> None:
    with pytest.raises(PaperhouseError, match=r"^PMC404: no paper of .*papers\.duckdb has this id$"):
        show_page(config, "PMC404", full=False)


def test_an_id_that_several_papers_have(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PaperhouseError, match="name one of them: JATS:two, PMC1"):
        show_page(config, "10.5555/shared", full=False)
    assert show_page(config, "JATS:two", full=False) == 0
    assert capsys.readouterr().out.startswith("# A title\n\nDOI: 10.5555/shared")


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("pmc7", "pmcid", "PMC7"),
        ("PMCID: PMC7", "pmcid", "PMC7"),
        ("7", "pmcid", None),
        ("007", "pmid", "7"),
        ("pmid 7", "pmid", "7"),
        ("doi:10.5555/A", "doi", "10.5555/a"),
        ("10.5555", "doi", None),
        (" JATS:a ", "paper_id", "JATS:a"),
    ],
)
def test_readings(text: str, column: str, expected: str | None) -> None:
    assert readings(text)[column] == expected
