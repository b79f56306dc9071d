"""References resolve to papers of the warehouse: by id, else by title and year; whichever came first, until it goes.

Rows in, rows expected, through a load as it is.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import permutations
from random import Random
from typing import Any

import duckdb
import pytest

from schemas.errors import CheckFailed
from tests.unit.conftest import RUN, Row, everything, frame, frames, load_of, rows, sha256
from warehouse.derive import DERIVATION, derive_everything, is_derived_otherwise
from warehouse.load import Load, check_everything, load, run_checks, transaction
from warehouse.migrate import migrate
from warehouse.runs import Counts

Con = duckdb.DuckDBPyConnection
TITLE = "Resection of neuroendocrine liver metastases: a cohort of β-cells"
CITED = {"pmcid": "PMC1", "pmid": "11", "doi": "10.5555/one", "title": TITLE, "published": date(2019, 5, 1)}
#: The same title as somebody else writes it.
SPELT_OTHERWISE = "Resection of Neuroendocrine Liver Métastases – a Cohort of β cells."


def cited(key: str = "PMC1", **values: Any) -> Load:
    """The paper that is cited, in a load of its own."""
    ids = {"pmid": None, "pmcid": None, "doi": None, **CITED, **values}
    batch = load_of(frames([{"paper_id": key, "content_hash": sha256(str(values)), **ids}]))
    claims = {name: ids[name] for name in ("pmcid", "pmid", "doi")}
    lineage = batch.paper_sources.row(0, named=True)
    return replace(batch, paper_sources=frame("paper_sources", {**lineage, **claims}))


def citing(*references: Row, key: str = "PMC9") -> Load:
    """A paper with these references, in a load of its own."""
    paper = {"paper_id": key, "doi": None, "title": "Citing", "content_hash": sha256(f"{key} {references}")}
    return load_of(frames([paper], references=[{"paper_id": key, "year": None, **row} for row in references]))


def gone(*papers: str) -> Load:
    """A load that takes papers away."""
    return replace(load_of(frames([])), touched=list(papers))


def tell(con: Con, *batches: Load) -> None:
    for batch in batches:
        load(con, batch, RUN, Counts())


def resolved(con: Con) -> list[tuple[str | None, str | None]]:
    return rows(con, "SELECT cited_paper_id, resolved_by FROM main.references ORDER BY paper_id, position")


NOTHING = (None, None)
BY_TITLE = {"title": SPELT_OTHERWISE, "year": 2019}


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"doi": "10.5555/one"}, ("PMC1", "doi")),
        ({"pmid": "11"}, ("PMC1", "pmid")),
        ({"pmcid": "PMC1"}, ("PMC1", "pmcid")),
        ({"doi": "10.5555/one", "pmid": "11", "pmcid": "PMC1"}, ("PMC1", "doi")),
        ({"doi": "10.5555/unknown", "pmid": "11"}, ("PMC1", "pmid")),
        ({"doi": "10.5555/unknown"}, NOTHING),
        (BY_TITLE, ("PMC1", "title")),
        (BY_TITLE | {"year": 2020}, ("PMC1", "title")),
        (BY_TITLE | {"year": 2018}, ("PMC1", "title")),
        (BY_TITLE | {"year": 2021}, NOTHING),
        (BY_TITLE | {"year": None}, NOTHING),
        (BY_TITLE | {"title": TITLE[:-1]}, NOTHING),
        (BY_TITLE | {"doi": "10.5555/another"}, NOTHING),
        (BY_TITLE | {"pmid": "12"}, NOTHING),
        (BY_TITLE | {"pmcid": "PMC2"}, NOTHING),
    ],
    ids=str,
)
def test_a_reference_resolves_whichever_came_first(con: Con, reference: Row, expected: tuple[str, str]) -> None:
    tell(con, cited(), citing(reference))
    assert resolved(con) == [expected]
    tell(con, gone("PMC1"))
    assert resolved(con) == [NOTHING]
    tell(con, cited())
    assert resolved(con) == [expected]


def test_an_id_that_the_paper_has_none_of_contradicts_nothing(con: Con) -> None:
    tell(con, cited(pmid=None), citing(BY_TITLE | {"pmid": "12"}))
    assert resolved(con) == [("PMC1", "title")]


@pytest.mark.parametrize("title", ["Cancer statistics", "Editorial", "Neuroendocrinology of hepatocarcinogenesis"])
def test_a_short_title_says_nothing(con: Con, title: str) -> None:
    tell(con, cited(title=title), citing({"title": title, "year": 2019}))
    assert resolved(con) == [NOTHING]


def test_a_title_that_two_papers_have_says_nothing_until_one_goes(con: Con) -> None:
    preprint = cited("DOI:10.5555/preprint", pmcid=None, pmid=None, doi="10.5555/preprint")
    tell(con, cited(), citing(BY_TITLE))
    assert resolved(con) == [("PMC1", "title")]
    tell(con, preprint)
    assert resolved(con) == [NOTHING]
    tell(con, gone("PMC1"))
    assert resolved(con) == [("DOI:10.5555/preprint", "title")]


def test_a_title_that_stands_twice_in_a_list_says_nothing(con: Con) -> None:
    tell(con, citing(BY_TITLE, BY_TITLE | {"doi": "10.5555/one"}), cited())
    assert resolved(con) == [NOTHING, ("PMC1", "doi")]
    tell(con, cited(doi=None))
    assert resolved(con) == [NOTHING, NOTHING]


def test_a_paper_does_not_cite_itself_by_its_title(con: Con) -> None:
    tell(con, citing(BY_TITLE))
    own = citing(BY_TITLE)
    own.tables["papers"] = own.tables["papers"].with_columns(
        title=cited().tables["papers"]["title"], published=cited().tables["papers"]["published"]
    )
    tell(con, own)
    assert resolved(con) == [NOTHING]


def test_an_id_that_two_papers_go_by_says_nothing_until_one_loses_it(con: Con) -> None:
    rival = cited("PMC2", pmcid="PMC2", pmid=None, title="Another title")
    tell(con, cited(), citing({"doi": "10.5555/one"}, {"doi": "10.5555/one", "pmid": "11"}), rival)
    assert resolved(con) == [NOTHING, ("PMC1", "pmid")]
    tell(con, cited("PMC2", pmcid="PMC2", pmid=None, title="Another title", doi=None))
    assert resolved(con) == [("PMC1", "doi"), ("PMC1", "doi")]


def test_a_paper_that_moves_to_a_better_key_takes_its_citations_along(con: Con) -> None:
    tell(con, citing({"pmid": "11"}, BY_TITLE), cited("PMID:11", pmcid=None))
    assert resolved(con) == [("PMID:11", "pmid"), ("PMID:11", "title")]
    tell(con, replace(cited(), touched=["PMID:11", "PMC1"]))
    assert resolved(con) == [("PMC1", "pmid"), ("PMC1", "title")]
    check_everything(con)


BATCHES: tuple[Callable[[], Load], ...] = (
    cited,
    lambda: citing({"doi": "10.5555/one"}, BY_TITLE, {"doi": "10.5555/two"}),
    lambda: cited("PMC2", pmcid="PMC2", pmid="22", doi="10.5555/two", title="Something else entirely, and longer"),
    lambda: citing(BY_TITLE, {"pmid": "22"}, key="PMC8"),
)


def test_every_order_of_arrival_gives_the_same(con: Con) -> None:
    found = set()
    for order in Random(5).sample(list(permutations(BATCHES)), 12):
        with transaction(con):
            for table in ("papers", "references", "paper_sources", "paper_ids"):
                con.execute(f'DELETE FROM main."{table}"')
            con.execute("DELETE FROM ops.title_keys")
        tell(con, *(batch() for batch in order))
        found.add((*resolved(con), *rows(con, "FROM paper_ids ORDER BY ALL")))
    assert len(found) == 1
    assert resolved(con) == [("PMC1", "title"), ("PMC2", "pmid"), ("PMC1", "doi"), ("PMC1", "title"), ("PMC2", "doi")]


def test_what_did_not_change_is_not_written(con: Con) -> None:
    tell(con, cited(), citing({"doi": "10.5555/one"}, BY_TITLE))
    before = everything(con)
    tell(con, cited())
    assert rows(con, "SELECT count(*) FROM turned") == [(0,)]
    assert everything(con) == before


def test_a_load_looks_again_only_at_what_its_papers_concern(con: Con) -> None:
    others = [
        citing({"doi": f"10.5555/{key}"}, {"title": f"{SPELT_OTHERWISE} {key}"}, key=key) for key in ("PMC7", "PMC8")
    ]
    tell(con, *others, citing({"doi": "10.5555/one"}, {"doi": "10.5555/two"}, {"pmid": "12"}, BY_TITLE))
    tell(con, cited())
    assert rows(con, "SELECT position FROM candidates ORDER BY ALL") == [(1,), (4,)], "of PMC9, what it is cited by"
    tell(con, citing({"doi": "10.5555/one"}, {"pmid": "12"}, key="PMC6"))
    assert rows(con, "SELECT paper_id, is_listed FROM candidates") == [("PMC6", True), ("PMC6", True)]
    assert resolved(con).count(("PMC1", "doi")) == 2


def test_the_crosswalk_has_own_ids_and_claimed_ones(con: Con) -> None:
    batch = cited()
    claim = {**batch.paper_sources.row(0, named=True), "pmid": "99", "doi": None}
    tell(con, replace(batch, paper_sources=frame("paper_sources", claim)))
    assert rows(con, "FROM paper_ids ORDER BY ALL") == [
        ("doi", "10.5555/one", "PMC1"),
        ("pmcid", "PMC1", "PMC1"),
        ("pmid", "11", "PMC1"),
        ("pmid", "99", "PMC1"),
    ]


def test_a_warehouse_of_an_earlier_version_is_caught_up(con: Con) -> None:
    tell(con, cited(), citing({"doi": "10.5555/one"}, BY_TITLE))
    expected = everything(con)
    con.execute("UPDATE main.references SET cited_paper_id = NULL, resolved_by = NULL")
    for table in ("main.paper_ids", "ops.title_keys"):
        con.execute(f"DELETE FROM {table}")
    assert is_derived_otherwise(con)
    with transaction(con):
        derive_everything(con)
    assert not is_derived_otherwise(con)
    con.execute("DELETE FROM ops.settings WHERE name = ?", [DERIVATION])
    assert everything(con) == expected
    assert migrate(con) == []


@pytest.mark.parametrize("sql", ["INSERT INTO main.paper_ids VALUES ('pmid', '1', 'PMC5')",
                                 "UPDATE main.references SET cited_paper_id = 'PMC5'"])  # fmt: skip
def test_what_points_to_no_paper_is_an_orphan(con: Con, sql: str) -> None:
    tell(con, cited(), citing({"doi": "10.5555/one"}))
    con.execute(sql)
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT 'PMC5' AS paper_id")
    with pytest.raises(CheckFailed, match=r"check orphans failed: .*PMC5"):
        run_checks(con)
