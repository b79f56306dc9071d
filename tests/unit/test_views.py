"""The views and the macro entity_pairs: rows in, rows expected."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from tests.unit.conftest import NOW, RUN, Row, frames, load_of, rows, sha256
from warehouse.load import load
from warehouse.migrate import TABLE_MACROS, renew_views, views_are_older
from warehouse.runs import Counts, Run, finish_run, start_run
from warehouse.sql import head_comment, sql_files

Con = duckdb.DuckDBPyConnection


def paper(number: int, **values: object) -> Row:
    """A sample paper; its document is its own."""
    key = f"PMC{number}"
    own = {"paper_id": key, "pmcid": key, "doi": None, "content_hash": sha256(key)}
    return own | {"title": f"Title {number}", **values}


def cites(citing: int, cited: int | None = None, **values: object) -> Row:
    """A reference of a sample paper, which resolves to another one, or to none."""
    return {"paper_id": f"PMC{citing}", "pmcid": cited and f"PMC{cited}", "doi": None, "pmid": None, **values}


def entity(number: int, curie: str | None, label: str = "", **values: object) -> Row:
    """A concept that was found in a sample paper."""
    return {"paper_id": f"PMC{number}", "curie": curie, "label": label or curie, **values}


def fill(con: Con, papers: list[Row], run: Run = RUN, rejects: list[Row] | None = None, **children: list[Row]) -> None:
    stamped = [row | {"run_id": run.run_id} for row in papers]
    load(con, load_of(frames(stamped, **children), rejects), run, Counts(loaded=len(papers)))


@pytest.fixture
def citing(con: Con) -> Con:
    """Paper 1 cites 2 twice, 3, itself and something else; paper 2 cites 3."""
    references = [cites(1, 2), cites(1, 3), cites(1, 2), cites(1, 1), cites(1), cites(2, 3)]
    fill(con, [paper(1), paper(2, cited_by_count=7), paper(3)], references=references)
    return con


def test_citations(citing: Con) -> None:
    expected = [("PMC1", "PMC2", 1, 2), ("PMC1", "PMC3", 2, 1), ("PMC2", "PMC3", 1, 1)]
    assert rows(citing, "FROM citations ORDER BY ALL") == expected


def test_citation_counts(citing: Con) -> None:
    found = rows(citing, "SELECT * EXCLUDE (title, published) FROM citation_counts ORDER BY ALL")
    assert found == [("PMC1", 0, None, 5, 4), ("PMC2", 1, 7, 1, 1), ("PMC3", 2, None, 0, 0)]


RETRACTED = "SELECT * EXCLUDE (title, published) FROM citing_retracted ORDER BY ALL"


def test_a_retracted_paper_that_is_here(con: Con) -> None:
    papers = [paper(1), paper(2, is_retracted=True), paper(3, is_retracted=False)]
    fill(con, papers, references=[cites(1, 3), cites(1, 2), cites(2, 2)])
    assert rows(con, RETRACTED) == [("PMC1", 2, "PMC2", "Title 2", None, None, None)]


@pytest.mark.parametrize(
    ("of", "known_by"),
    [("PMC77", {"pmcid": "PMC77"}), ("PMID:77", {"pmid": "77"}), ("DOI:10.5555/77", {"doi": "10.5555/77"})],
)
def test_a_retracted_paper_of_which_the_notice_is_here(con: Con, of: str, known_by: Row) -> None:
    noticed = date(2023, 5, 1)
    papers = [
        paper(1, published=date(2023, 6, 1)),
        paper(2, published=date(2023, 4, 1)),
        paper(3, published=None),
        paper(9, article_type="retraction", notice_of=[of, "PMID:78"], published=noticed),
        paper(10, article_type="correction", notice_of=["PMID:79"], published=noticed),
    ]
    other = {"pmid": "79", "title": "Corrected"}
    references = [cites(at, title="Gone", **known_by) for at in (1, 2, 3, 9)] + [cites(1, **other)]
    fill(con, papers, references=references)
    assert rows(con, RETRACTED) == [
        ("PMC1", 1, None, "Gone", "PMC9", noticed, True),
        ("PMC2", 1, None, "Gone", "PMC9", noticed, False),
        ("PMC3", 1, None, "Gone", "PMC9", noticed, None),
    ]


def test_entity_prevalence(con: Con) -> None:
    papers = [paper(1), paper(2), paper(3, published=date(2023, 1, 1)), paper(4), paper(5, published=None)]
    entities = [
        entity(1, "MESH:D1", "liver", scope="linked", name="Liver"),
        entity(1, "MESH:D1", "livers", scope="full_text"),
        entity(2, "MESH:D1", "the liver"),
        entity(2, "MESH:D2", "b"),
        entity(3, "MESH:D2", "a"),
        entity(1, None, "no concept"),
        entity(5, "MESH:D1", "undated"),
    ]
    fill(con, papers, entities=entities)
    assert rows(con, "FROM entity_prevalence ORDER BY ALL") == [
        (2023, "Disease", "MESH:D2", "a", 1, 1, 1.0),
        (2024, "Disease", "MESH:D1", "Liver", 2, 2, 1.0),
        (2024, "Disease", "MESH:D2", "b", 1, 2, 0.5),
    ]


def test_entity_pairs(con: Con) -> None:
    """Of five papers with concepts A is in 2, B in 3, C in 2; A and B meet in 2, A and C in 1."""
    found = {1: "AAB", 2: "ABC", 3: "B", 4: "C", 5: "D"}
    entities = [
        entity(number, f"MESH:{letter}", f"{letter} {at}")
        for number, letters in found.items()
        for at, letter in enumerate(letters)
    ]
    fill(con, [paper(number) for number in range(1, 7)], entities=[*entities, entity(1, None, "no concept")])
    assert rows(con, "FROM entity_pairs('MESH:A')") == [
        ("MESH:B", "Disease", "B 1", 3, 2, 2 / 5, 2 / 2, 2 * 5 / 3 / 2),
        ("MESH:C", "Disease", "C 2", 2, 1, 1 / 5, 1 / 2, 1 * 5 / 2 / 2),
    ]
    assert rows(con, "FROM entity_pairs('MESH:D')") == rows(con, "FROM entity_pairs('MESH:none')") == []


def test_journals_by_year(con: Con) -> None:
    papers = [
        paper(1, journal="J", is_open_access=True, is_retracted=True),
        paper(2, journal="J", is_open_access=False),
        paper(3, journal="J", published=None),
        paper(4, journal=None),
    ]
    fill(con, papers)
    assert rows(con, "FROM journals_by_year ORDER BY ALL") == [("J", 2024, 2, 1, 1), ("J", None, 1, 0, 0)]


def test_licenses_by_year(con: Con) -> None:
    fill(con, [paper(1, license="CC0-1.0"), paper(2, license="CC0-1.0"), paper(3), paper(4), paper(5, published=None)])
    expected = [(2024, "CC0-1.0", 2, 0.5), (2024, None, 2, 0.5), (None, None, 1, 1.0)]
    assert rows(con, "FROM licenses_by_year ORDER BY ALL") == expected


def test_gaps(con: Con) -> None:
    whole = {"abstract": "It has one.", "has_full_text": True}
    papers = [paper(1, **whole), paper(2), paper(3, **whole, is_open_access=True)]
    fill(con, papers, entities=[entity(1, "MESH:D1")], references=[cites(1), cites(3)])
    assert rows(con, "SELECT * EXCLUDE (title, source) FROM gaps ORDER BY ALL") == [
        ("PMC2", None, False, False, False, False),
        ("PMC3", True, True, True, True, False),
    ]


def test_data_quality(con: Con) -> None:
    second = Run("run-2", "flow-run-2", "ingest", "pages")
    start_run(con, second)
    fill(con, [paper(1, doi="10.5555/1", abstract="One."), paper(2, published=None, authors=[])])
    fill(con, [paper(3, source="tomesphere", license="CC0-1.0", has_full_text=True)], second, [{"run_id": "run-2"}])
    found = rows(con, "SELECT * EXCLUDE started_at FROM data_quality ORDER BY source, run_id")
    assert found == [
        ("jats", "run-1", "articles", 2, 0.5, 0.5, 0.5, 0.0, 0.5, 0.0, 0, None),
        ("jats", "run-2", "pages", 0, *[None] * 6, 1, "authors.orcid: orcid_check_digit"),
        ("tomesphere", "run-2", "pages", 1, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0, None),
    ]


def test_new_papers_are_those_of_the_last_ingest(con: Con) -> None:
    began = datetime.now(UTC)
    fill(con, [paper(1), paper(2)])
    arrived = began + timedelta(seconds=5)
    for topic in ("articles", "pages"):
        second = Run(f"run-{topic}", "flow-run-2", "ingest", topic)
        start_run(con, second)
        changed = paper(1, title="Changed", updated_at=arrived)
        new = paper(3 if topic == "articles" else 4, updated_at=arrived)
        fill(con, [changed, new], second)
        finish_run(con, second, Counts(loaded=2), None)
    start_run(con, Run("run-9", "flow-run-9", "merge again", None))
    found = rows(con, "SELECT paper_id, topic, run_id, added_at FROM new_papers ORDER BY ALL")
    expected = [("PMC3", "articles", "run-articles"), ("PMC4", "pages", "run-pages")]
    assert [(*row[:3], row[3].timestamp()) for row in found] == [(*row, arrived.timestamp()) for row in expected]


def test_a_paper_came_when_it_first_came(con: Con) -> None:
    """Neither a change nor a better id moves the day; a paper that goes is forgotten."""
    fill(con, [paper(1), paper(2)])
    later = NOW + timedelta(days=30)
    better = load_of(frames([paper(7, updated_at=later), paper(2, updated_at=later)]))
    better.paper_sources = better.paper_sources.with_columns(
        own_id=better.paper_sources["own_id"].replace("PMC7", "PMC1")
    )
    better.touched = ["PMC1"]
    load(con, better, RUN, Counts(loaded=4))
    expected = [("PMC2", NOW.timestamp()), ("PMC7", NOW.timestamp())]
    found = rows(con, "SELECT paper_id, added_at FROM ops.arrivals ORDER BY ALL")
    assert [(key, added.timestamp()) for key, added in found] == expected


def test_the_head_of_a_file_is_the_comment(con: Con) -> None:
    comments = dict(rows(con, "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"))
    assert comments == {file[:-4]: head_comment("views", file) for file in sql_files("views")}
    macros = rows(con, "SELECT function_name, comment, function_type FROM duckdb_functions() WHERE NOT internal")
    assert {name: comment for name, comment, _ in macros} == {
        file[:-4]: head_comment("macros", file) for file in sql_files("macros")
    }
    assert {name for name, _, kind in macros if kind == "table_macro"} == TABLE_MACROS


def test_views_and_macros_are_made_anew(con: Con) -> None:
    con.execute("CREATE OR REPLACE VIEW citations AS SELECT 1 AS outdated")
    con.execute("CREATE OR REPLACE MACRO search(query) AS TABLE SELECT 1 AS outdated")
    renew_views(con)
    assert rows(con, "SELECT paper_id FROM citations") == rows(con, "SELECT paper_id FROM search('x')") == []


def test_views_of_other_files_than_these_are_noticed(con: Con) -> None:
    assert not views_are_older(con)
    con.execute("UPDATE ops.settings SET value = 'of an earlier version' WHERE name = 'views'")
    assert views_are_older(con)
    renew_views(con)
    assert not views_are_older(con)
