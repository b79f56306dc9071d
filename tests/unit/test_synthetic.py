"""The made-up warehouse that growth is measured in is one that loads would have left: sound, derived, indexed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.tables import TABLES
from tests.unit.conftest import rows
from warehouse.derive import derive_everything, is_derived_otherwise
from warehouse.layout import Layout
from warehouse.load import check_everything, transaction
from warehouse.search import index_papers, start_over
from warehouse.store import open_build

Con = duckdb.DuckDBPyConnection
Make = Callable[[str], Layout]
DERIVED = ("main.references", "main.entities", "main.paper_ids", "ops.title_keys")
INDEX = """
SELECT word, paper_id, times
FROM (SELECT word, unnest(numbers) AS number, unnest(times) AS times FROM search.postings)
JOIN search.lengths USING (number)
ORDER BY ALL
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes a warehouse of 300 papers in two chunks, of fewer words than the benchmark has."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import synthetic

    for name, value in {"CHUNK": 200, "LOAD": 100, "WORDS": 4000, "PHRASES": 500}.items():
        monkeypatch.setattr(synthetic, name, value)

    def make(name: str) -> Layout:
        layout = Layout(tmp_path / name)
        assert list(synthetic.make(layout, 300)) == [200, 300]
        return layout

    return make


def sums(con: Con, tables: tuple[str, ...]) -> dict[str, list[tuple[Any, ...]]]:
    return {table: rows(con, f"SELECT count(*), sum(hash(t)) FROM {table} AS t") for table in tables}


def test_it_is_as_loads_would_have_left_it(made: Make) -> None:
    with open_build(made("one")) as con:
        check_everything(con)
        assert not is_derived_otherwise(con)
        assert rows(con, "SELECT count(*) FROM papers") == [(300,)]
        assert rows(con, "SELECT count(*), count(DISTINCT resolved_by) FROM paper_references") == [(6000, 2)]
        before = sums(con, DERIVED)
        with transaction(con):
            derive_everything(con)
        assert sums(con, DERIVED) == before
        indexed = rows(con, INDEX)
        with transaction(con):
            start_over(con, "full_text")
            index_papers(con, [paper for (paper,) in rows(con, "SELECT paper_id FROM papers")])
        assert rows(con, INDEX) == indexed != []
        assert rows(con, "SELECT count(*) > 0 FROM search('survival after embolization')") == [(True,)]


def test_the_same_seed_gives_the_same_rows(made: Make) -> None:
    tables = (*(f'main."{table}"' for table in TABLES), "main.paper_sources", "ops.documents")
    found = []
    for name in ("one", "two"):
        with duckdb.connect(str(made(name).published.resolve()), read_only=True) as con:
            found.append(sums(con, tables))
    assert found[0] == found[1]
