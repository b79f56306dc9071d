"""Validation: what fails goes to quarantine with its reason, and nothing else goes or changes."""

import json
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ops import Rejects
from schemas.quarantine import Frames, validate
from schemas.tables import CHILDREN, TABLES, polars_schema
from tests.unit.conftest import NOW, Row, frames


def lineage(papers: pl.DataFrame) -> pl.DataFrame:
    """Where each paper comes from: a document named after it."""
    unique = papers.unique("paper_id", maintain_order=True)
    return unique.select(
        "paper_id",
        "source",
        run_id=pl.lit("run-1"),
        document_id="document of " + pl.col("paper_id"),
        source_id=pl.col("paper_id") + ".xml",
        rejected_at=pl.lit(NOW),
    )


def split(tables: Frames) -> tuple[Frames, list[Row]]:
    """The frames that keep the contract, and the rejects as rows; what holds of every answer is checked here."""
    before = {name: table.clone() for name, table in tables.items()}
    good, rejects = validate(tables, lineage(tables["papers"]))
    assert all(tables[name].equals(before[name]) for name in tables), "the frames given are left as they are"
    assert list(good) == list(TABLES)
    assert all(good[name].schema == polars_schema(model) for name, model in TABLES.items())
    assert rejects.schema == polars_schema(Rejects)
    return good, rejects.to_dicts()


def spoilt(table: str, **values: Any) -> Frames:
    """The frames of a batch with one row of a table spoilt; a good row of the table follows, of another paper."""
    good: Row = {"paper_id": "PMC2", "doi": "10.5555/two"} if table == "papers" else {"paper_id": "PMC2"}
    if table == "papers":
        return frames([values, good])
    return frames([{}, {"paper_id": "PMC2"}], **{table: [values, good]})


def test_a_batch_that_is_all_good_is_returned_as_it_is() -> None:
    tables = frames(
        [{}, {"paper_id": "PMC2"}],
        **{table: [{}, {"label": "another"} if table == "entities" else {}] for table in CHILDREN},
    )
    good, rejects = split(tables)
    assert rejects == []
    assert all(good[name].equals(tables[name]) for name in TABLES)


def test_an_empty_batch_is_good() -> None:
    good, rejects = split(frames([]))
    assert rejects == []
    assert all(table.is_empty() for table in good.values())


TODAY = date.today()


@pytest.mark.parametrize(
    ("table", "column", "value", "check"),
    [
        ("papers", "pmcid", "PMC0", "str_matches"),
        ("papers", "pmcid", "12259643", "str_matches"),
        ("papers", "pmid", "PMID:1", "str_matches"),
        ("papers", "pmid", "0", "str_matches"),
        ("papers", "doi", "https://doi.org/10.5555/one", "str_matches"),
        ("papers", "doi", "10.5555/ONE", "str_matches"),
        ("papers", "doi", "10.5555/one\n", "str_matches"),
        ("papers", "issn", "2296875X", "str_matches"),
        ("papers", "language", "eng", "str_matches"),
        ("papers", "language", "EN", "str_matches"),
        ("papers", "published", date(1664, 12, 31), "in_range"),
        ("papers", "published", TODAY + timedelta(days=3 * 366), "in_range"),
        ("papers", "published_precision", "week", "isin"),
        ("papers", "reference_count", -1, "greater_than_or_equal_to"),
        ("papers", "cited_by_count", -1, "greater_than_or_equal_to"),
        ("authors", "orcid", "0000-0002-1825-0098", "orcid_check_digit"),
        ("authors", "orcid", "0000-0002-1694-2330", "orcid_check_digit"),
        ("authors", "orcid", "0000-0002-1825-009X", "orcid_check_digit"),
        ("authors", "orcid", "0000-0002-1825", "str_matches"),
        ("authors", "orcid", "https://orcid.org/0000-0002-1825-0097", "str_matches"),
        ("entities", "curie", "D017093", "str_matches"),
        ("entities", "curie", "MESH:", "str_matches"),
        ("entities", "curie", "MESH:D017093 or so", "str_matches"),
        ("entities", "mention_count", 0, "greater_than_or_equal_to"),
        ("references", "doi", "doi:10.5555/one", "str_matches"),
        ("references", "pmid", "1a", "str_matches"),
        ("references", "pmcid", "pmc1", "str_matches"),
        ("references", "year", 999, "in_range"),
        ("references", "year", TODAY.year + 3, "in_range"),
    ],
)
def test_what_may_be_null_loses_its_value(table: str, column: str, value: Any, check: str) -> None:
    tables = spoilt(table, **{column: value})
    good, rejects = split(tables)
    expected = tables[table].to_dicts()
    row = expected[0].copy()
    expected[0][column] = None
    if column == "published":
        expected[0]["published_precision"] = None
    assert good[table].to_dicts() == expected
    assert all(good[name].equals(tables[name]) for name in TABLES if name != table)
    reject = next(reject for reject in rejects if reject["check"].startswith(check))
    assert {reject["column_name"] for reject in rejects} == {column}
    assert reject | {"check": check} == {
        "run_id": "run-1",
        "document_id": "document of PMC1",
        "source": "jats",
        "source_id": "PMC1.xml",
        "table_name": table,
        "column_name": column,
        "check": check,
        "value": str(value),
        "row": json.dumps(row, default=str, ensure_ascii=False),
        "rejected_at": NOW,
    }


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("papers", "pmcid", "PMC12259643"),
        ("papers", "doi", "10.1016/s0140-6736(20)30183-5"),
        ("papers", "issn", "2296-875X"),
        ("papers", "published", date(1665, 3, 6)),
        ("papers", "published", TODAY + timedelta(days=365)),
        ("papers", "published_precision", "year"),
        ("papers", "reference_count", 0),
        ("papers", "title", "Ein Titel über α\nin zwei Zeilen"),
        ("authors", "orcid", "0000-0002-1694-233X"),
        ("authors", "orcid", "0000-0001-5109-3700"),
        ("entities", "curie", "dbSNP:rs113488022"),
        ("entities", "scope", "abstract"),
        ("entities", "entity_type", "AnotherType"),
        ("references", "year", 1000),
        ("references", "citation", None),
        ("sections", "section_type", "other"),
        ("sections", "text", None),
    ],
)
def test_what_is_good_stays(table: str, column: str, value: Any) -> None:
    tables = spoilt(table, **{column: value})
    good, rejects = split(tables)
    assert rejects == []
    assert good[table].equals(tables[table])


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("authors", "name", None),
        ("authors", "name", " \n"),
        ("authors", "is_collective", None),
        ("entities", "scope", "title"),
        ("entities", "entity_type", ""),
        ("entities", "label", None),
        ("references", "source", None),
        ("sections", "section_type", "intro"),
        ("sections", "level", 0),
    ],
)
def test_what_may_not_be_null_loses_its_row_and_the_positions_close_up(table: str, column: str, value: Any) -> None:
    first, last = ({"curie": "MESH:D1"}, {"curie": "MESH:D2"}) if table == "entities" else ({}, {})
    tables = frames([{}], **{table: [first, {column: value}, last, {}]})
    good, rejects = split(tables)
    kept = tables[table].to_dicts()
    del kept[1]
    if table != "entities":
        kept = [row | {"position": position} for position, row in enumerate(kept, start=1)]
    assert good[table].to_dicts() == kept
    assert [(reject["table_name"], reject["column_name"]) for reject in rejects] == [(table, column)]
    assert json.loads(rejects[0]["row"])[column] == value


def test_the_positions_of_other_papers_stay() -> None:
    authors: list[Row] = [
        {"name": None},
        {},
        {"paper_id": "PMC2"},
        {"paper_id": "PMC2", "name": ""},
        {"paper_id": "PMC2"},
    ]
    good, rejects = split(frames([{}, {"paper_id": "PMC2"}], authors=authors))
    assert good["authors"].select("paper_id", "position").rows() == [("PMC1", 1), ("PMC2", 1), ("PMC2", 2)]
    assert [reject["source_id"] for reject in rejects] == ["PMC1.xml", "PMC2.xml"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("title", None),
        ("title", "  "),
        ("paper_id", "PMC0"),
        ("paper_id", ""),
        ("has_full_text", None),
        ("source", None),
    ],
)
def test_a_paper_takes_its_children_along(column: str, value: Any) -> None:
    bad = value if column == "paper_id" else "PMC1"
    children = [{"paper_id": bad}, {"paper_id": "PMC2"}]
    tables = frames([{column: value}, {"paper_id": "PMC2"}], **{table: list(children) for table in CHILDREN})
    good, rejects = split(tables)
    assert {name: table["paper_id"].to_list() for name, table in good.items()} == {table: ["PMC2"] for table in TABLES}
    assert [(reject["table_name"], reject["column_name"]) for reject in rejects] == [("papers", column)]
    assert rejects[0]["document_id"] == f"document of {bad}"


def test_every_mistake_of_a_row_is_told() -> None:
    good, rejects = split(frames([{"title": None, "doi": "x", "language": "eng"}]))
    assert good["papers"].is_empty()
    assert sorted(reject["column_name"] for reject in rejects) == ["doi", "language", "title"]


def test_doubled_papers_are_both_set_aside() -> None:
    """Nobody knows here which of them is right; ``tasks.parsers.batch`` lets no double come so far."""
    good, rejects = split(frames([{"title": "one"}, {"title": "two"}, {"paper_id": "PMC2"}], authors=[{}]))
    assert good["papers"]["paper_id"].to_list() == ["PMC2"]
    assert good["authors"].is_empty()
    assert [reject["column_name"] for reject in rejects] == ["paper_id", "paper_id"]
    assert [json.loads(reject["row"])["title"] for reject in rejects] == ["one", "two"]


def test_of_doubled_entities_the_first_stays() -> None:
    tables = frames([{}], entities=[{"name": "first"}, {"name": "second"}, {"label": "other"}, {"curie": None}])
    good, rejects = split(tables)
    kept = tables["entities"].to_dicts()
    assert good["entities"].to_dicts() == [kept[0], *kept[2:]]
    told = [(reject["table_name"], reject["column_name"], reject["check"]) for reject in rejects]
    assert told == [("entities", None, "unique")]
    assert json.loads(rejects[0]["row"])["name"] == "second"


def test_a_value_that_is_set_to_null_makes_no_double() -> None:
    """What is returned keeps the contract: rows of which only a bad CURIE made two are one."""
    tables = frames([{}], entities=[{"curie": "no CURIE"}, {"curie": "none either"}])
    good, rejects = split(tables)
    assert good["entities"].to_dicts() == [tables["entities"].to_dicts()[0] | {"curie": None}]
    assert [json.loads(reject["row"])["curie"] for reject in rejects if reject["check"] == "unique"] == ["none either"]


@pytest.mark.parametrize(
    ("positions", "kept"),
    [((1, 3), [1]), ((2, 3), []), ((1, 1), [1]), ((1, 1, 2), [1, 2]), ((0, 1), []), ((1, 2, 4), [1, 2])],
)
@pytest.mark.parametrize(("table", "column"), [("authors", "name"), ("references", "citation"), ("sections", "text")])
def test_positions_with_gaps_or_doubles_never_come_through(
    table: str, column: str, positions: tuple[int, ...], kept: list[int]
) -> None:
    rows: list[Row] = [{"position": position, column: f"row {at}"} for at, position in enumerate(positions)]
    good, rejects = split(frames([{}], **{table: rows}))
    assert good[table]["position"].to_list() == kept
    lost = {json.loads(reject["row"])[column] for reject in rejects}
    assert lost | set(good[table][column]) == {row[column] for row in rows}
    assert len(lost) == len(rows) - len(kept)
    assert {(reject["table_name"], reject["source_id"]) for reject in rejects} == {(table, "PMC1.xml")}


@pytest.mark.parametrize("table", CHILDREN)
def test_rows_of_a_paper_that_is_not_there_are_a_mistake_of_ours(table: str) -> None:
    tables = frames([{}], **{table: [{"paper_id": "PMC404"}]})
    with pytest.raises(ValueError, match=f"{table}: rows of papers that the batch does not hold: .*PMC404"):
        validate(tables, lineage(tables["papers"]))


def test_a_frame_of_another_form_is_a_mistake_of_ours() -> None:
    tables = frames([{}])
    tables["papers"] = tables["papers"].drop("title")
    with pytest.raises(ValueError, match="papers: the frame itself"):
        validate(tables, lineage(tables["papers"]))


def test_the_row_in_quarantine_is_whole() -> None:
    _, rejects = split(frames([{"doi": "schön ☃", "authors": ["Ä", "B"], "key_findings": []}]))
    row = json.loads(rejects[0]["row"])
    assert list(row) == list(polars_schema(TABLES["papers"]))
    assert (row["doi"], row["authors"], row["key_findings"]) == ("schön ☃", ["Ä", "B"], [])
    assert "☃" in rejects[0]["row"], "readable, not escaped"


paper_ids = ["PMC1", "PMC2", "PMC3"]
mistakes: dict[str, list[Row]] = {
    "papers": [{}, {}, {"title": None}, {"doi": "bad"}, {"published": date(1500, 1, 1)}, {"language": "eng"}],
    "authors": [{}, {}, {"name": ""}, {"orcid": "0000-0002-1825-0098"}, {"orcid": "bad", "is_collective": None}],
    "references": [{}, {}, {"year": 1}, {"doi": "bad", "pmid": "bad"}, {"source": None}],
    "sections": [{}, {}, {"section_type": "x"}, {"level": 0}],
}


@st.composite
def mixes(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Rows of up to three papers, good and bad at random."""
    mixed = {"papers": [{"paper_id": key} | draw(st.sampled_from(mistakes["papers"])) for key in paper_ids]}
    for table in ("authors", "references", "sections"):
        row = st.builds(
            lambda key, bad: {"paper_id": key} | bad, st.sampled_from(paper_ids), st.sampled_from(mistakes[table])
        )
        mixed[table] = draw(st.lists(row, max_size=5))
    return mixed


@settings(max_examples=20, deadline=None)
@given(mixes())
def test_every_row_is_accounted_for_and_no_other_is_touched(mix: dict[str, list[Row]]) -> None:
    tables = frames(mix.pop("papers"), **mix)
    good, rejects = split(tables)
    kept = set(good["papers"]["paper_id"])
    for name, model in TABLES.items():
        columns = model.to_schema().columns
        reasons: dict[str, set[str | None]] = {}
        for reject in rejects:
            if reject["table_name"] == name:
                reasons.setdefault(reject["row"], set()).add(reject["column_name"])
        expected = []
        for row in tables[name].to_dicts():
            if name != "papers" and row["paper_id"] not in kept:
                continue
            why = reasons.get(json.dumps(row, default=str, ensure_ascii=False), set())
            if any(column is None or not columns[column].nullable for column in why):
                continue
            cleared = why | ({"published_precision"} if "published" in why else set())
            expected.append(row | dict.fromkeys(column for column in cleared if column))
        if "position" in columns:
            counts: dict[str, int] = {}
            for row in expected:
                row["position"] = counts[row["paper_id"]] = counts.get(row["paper_id"], 0) + 1
        assert good[name].to_dicts() == expected
    assert split(good)[1] == [], "what is returned keeps the contract"
