"""One paper from two sources: merged the same whichever came first."""

from datetime import date, timedelta

import polars as pl
import pytest

from schemas.config import Merging
from schemas.quarantine import Frames
from schemas.tables import TABLES, polars_schema
from tasks.merging.merge import merge as merge_claims
from tests.unit.conftest import NOW, Row, frames, sha256


def claimed(tables: Frames, own_id: str | None = None) -> Frames:
    """The frames of a source with its own names for the papers: their keys, or one for all."""
    name = pl.col("paper_id") if own_id is None else pl.lit(own_id)
    return {table: rows.with_columns(own_id=name) for table, rows in tables.items()}


def merge(sources: dict[str, Frames], merging: Merging | None = None) -> Frames:
    """The merged tables alone."""
    given = {source: claimed(tables) for source, tables in sources.items()}
    return merge_claims(given, merging or Merging())[0]


PAGE_HASH = sha256("page")
JATS = frames(
    [
        {"title": "From JATS", "tldr": None, "journal": None, "reference_count": 2, "is_open_access": False},
        {"paper_id": "PMC2", "title": "Only JATS"},
    ],
    authors=[{"name": "Ada Quill"}, {"name": "Bo Ek"}, {"paper_id": "PMC2"}],
    entities=[],
    references=[{"citation": "one"}, {"citation": "two"}],
    sections=[],
)
PAGE: Row = {
    "source": "tomesphere",
    "content_hash": PAGE_HASH,
    "fetched_at": NOW + timedelta(days=1),
    "url": "https://tomesphere.com/paper/PMC1",
}
PAGES = frames(
    [
        {
            "title": "From the page",
            "tldr": "In one line",
            "journal": "A journal",
            "reference_count": 41,
            "is_open_access": True,
            "doi": "10.5555/page",
            "key_findings": ["a", "b"],
            "has_full_text": True,
            **PAGE,
        },
        {"paper_id": "PMC3", "title": "Only the page", "published": date(2020, 1, 1), **PAGE},
    ],
    authors=[{"name": "A Quill"}, {"paper_id": "PMC3", "name": "Cem Öztürk"}],
    entities=[{"source": "tomesphere"}, {"paper_id": "PMC3", "source": "tomesphere"}],
    references=[{"citation": "another", "source": "tomesphere"}],
    sections=[{"text": "From the page"}, {"paper_id": "PMC3"}],
)


@pytest.fixture(params=[["jats", "tomesphere"], ["tomesphere", "jats"]], ids=" then ".join)
def merged(request: pytest.FixtureRequest) -> Frames:
    """Both sources merged, in either order of arrival."""
    given = {"jats": JATS, "tomesphere": PAGES}
    return merge({name: given[name] for name in request.param})


def paper(tables: Frames, key: str) -> Row:
    (row,) = [row for row in tables["papers"].to_dicts() if row["paper_id"] == key]
    return row


def of_paper(tables: Frames, table: str, key: str) -> list[Row]:
    return [row for row in tables[table].to_dicts() if row["paper_id"] == key]


def test_the_order_of_arrival_does_not_matter() -> None:
    one = merge({"jats": JATS, "tomesphere": PAGES})
    other = merge({"tomesphere": PAGES, "jats": JATS})
    assert all(one[name].equals(other[name]) for name in TABLES)


def test_the_frames_keep_their_form(merged: Frames) -> None:
    assert list(merged) == list(TABLES)
    assert {name: merged[name].schema for name in TABLES} == {
        name: polars_schema(model) for name, model in TABLES.items()
    }
    assert sorted(merged["papers"]["paper_id"]) == ["PMC1", "PMC2", "PMC3"]


def test_a_field_comes_from_the_first_source_that_has_it(merged: Frames) -> None:
    first = paper(JATS, "PMC1")
    assert paper(merged, "PMC1") == first | {
        "tldr": "In one line",
        "journal": "A journal",
        "key_findings": ["a", "b"],
        "has_full_text": True,
    }
    assert first["url"] is None, "the page of a source that does not lead is not the paper's"


def test_the_leading_source_stays_the_witness(merged: Frames) -> None:
    row = paper(merged, "PMC1")
    assert (row["source"], row["content_hash"], row["fetched_at"]) == ("jats", sha256("a document"), NOW)


@pytest.mark.parametrize(("key", "source"), [("PMC2", JATS), ("PMC3", PAGES)])
def test_a_paper_of_one_source_comes_through_as_it_is(merged: Frames, key: str, source: Frames) -> None:
    for table in TABLES:
        assert of_paper(merged, table, key) == of_paper(source, table, key)


@pytest.mark.parametrize(("table", "source"), [("authors", JATS), ("references", JATS), ("sections", PAGES)])
def test_lists_come_whole_from_the_first_source_that_has_any(merged: Frames, table: str, source: Frames) -> None:
    assert of_paper(merged, table, "PMC1") == of_paper(source, table, "PMC1") != []


def test_entities_come_from_all() -> None:
    jats = JATS | frames([], entities=[{}, {"label": "another"}]) | {"papers": JATS["papers"]}
    merged = merge({"tomesphere": PAGES, "jats": jats})
    found = [(row["source"], row["label"]) for row in of_paper(merged, "entities", "PMC1")]
    assert found == [("jats", "liver failure"), ("jats", "another"), ("tomesphere", "liver failure")]


def test_the_authors_of_the_paper_follow_the_authors_rows() -> None:
    """A source without authors does not lead for them, in neither place."""
    silent = frames([{"authors": None}])
    pages = frames([{"authors": ["Bo Ek"], **PAGE}], authors=[{"name": "Bo Ek"}])
    merged = merge({"jats": silent, "tomesphere": pages})
    assert merged["papers"]["authors"].to_list() == [["Bo Ek"]]
    assert merged["authors"]["name"].to_list() == ["Bo Ek"]


def test_a_date_and_its_precision_come_from_the_same_source() -> None:
    undated = frames([{"published": None, "published_precision": None}])
    pages = frames([{"published": date(2024, 1, 1), "published_precision": "year", **PAGE}])
    row = paper(merge({"tomesphere": pages, "jats": undated}), "PMC1")
    assert (row["published"], row["published_precision"]) == (date(2024, 1, 1), "year")


def test_an_order_for_the_date_is_one_for_its_precision() -> None:
    articles = frames([{"published": date(2024, 3, 5), "published_precision": "day"}])
    pages = frames([{"published": date(2024, 1, 1), "published_precision": "year", **PAGE}])
    believed = Merging(fields={"published": ["tomesphere"]})
    row = paper(merge({"tomesphere": pages, "jats": articles}, believed), "PMC1")
    assert (row["published"], row["published_precision"]) == (date(2024, 1, 1), "year")


@pytest.mark.parametrize(
    ("jats", "page", "source"),
    [
        ({"tldr": "J", "summary_source": "teaser"}, {"key_findings": ["P"]}, "teaser, page"),
        ({"key_findings": ["J"], "summary_source": "key-points"}, {"tldr": "P", "contribution": "P"},
         "page, key-points"),
        ({"tldr": "J", "key_findings": ["J"], "summary_source": "teaser, key-points"}, {"tldr": "P"},
         "teaser, key-points"),
        ({}, {"contribution": "P"}, "page"),
        ({"tldr": "J", "summary_source": "teaser"}, {"summary_source": None}, "teaser"),
        ({}, {"summary_source": None}, None),
    ],
)  # fmt: skip
def test_a_summary_says_where_each_part_is_from(jats: Row, page: Row, source: str | None) -> None:
    pages = frames([{**PAGE, "summary_source": "page", **page}])
    merged = merge({"tomesphere": pages, "jats": frames([jats])})
    assert paper(merged, "PMC1")["summary_source"] == source


def test_a_summary_follows_the_order_of_each_of_its_parts() -> None:
    pages = frames([{**PAGE, "tldr": "P", "key_findings": ["P"], "summary_source": "page"}])
    jats = frames([{"tldr": "J", "key_findings": ["J"], "summary_source": "teaser, key-points"}])
    row = paper(merge({"tomesphere": pages, "jats": jats}, Merging(fields={"tldr": ["tomesphere"]})), "PMC1")
    assert (row["tldr"], row["key_findings"]) == ("P", ["J"])
    assert row["summary_source"] == "page, key-points"


def test_notices_come_from_all_sources() -> None:
    """Only a source that heard of one says so, and the paper's own XML was written before most of them."""
    heard = [None, ["correction"], ["retraction", "correction"], None]
    sources = {
        name: frames([{"source": name, "notices": notices}])
        for name, notices in zip(("jats", "europepmc:fulltext", "europepmc", "tomesphere"), heard, strict=True)
    }
    assert paper(merge(sources), "PMC1")["notices"] == ["correction", "retraction"]
    silent = {name: sources[name] for name in ("jats", "tomesphere")}
    assert paper(merge(silent), "PMC1")["notices"] is None


def test_a_single_source_is_left_as_it_is() -> None:
    merged = merge({"jats": JATS})
    assert all(merged[name].equals(JATS[name]) for name in TABLES)


def test_what_is_given_is_not_changed() -> None:
    before = {name: table.clone() for name, table in JATS.items()}
    merge({"jats": JATS, "tomesphere": PAGES})
    assert all(JATS[name].equals(before[name]) for name in TABLES)
