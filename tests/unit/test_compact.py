"""Compaction: the file is rebuilt only where that pays, and says the same afterwards."""

import shutil
from pathlib import Path

import duckdb
import pytest

from schemas.errors import StorageError
from schemas.parameters import Maintenance
from tasks.maintain import compact as compact_task
from tests.unit.conftest import RUN, everything, frames, load_of, rows, sha256
from warehouse import compact
from warehouse.layout import Layout
from warehouse.load import check_everything, load
from warehouse.migrate import migrate
from warehouse.runs import Counts, start_run
from warehouse.store import open_build

PAPERS = 300


@pytest.fixture
def layout(tmp_path: Path, migrated: Path) -> Layout:
    """A warehouse whose papers were loaded twice, so that their first rows left free blocks before the others."""
    layout = Layout(tmp_path)
    layout.build.parent.mkdir(parents=True)
    shutil.copy(migrated, layout.build)
    with open_build(layout) as con:
        start_run(con, RUN)
        for edition in range(2):
            papers = [
                {
                    "paper_id": f"PMC{number}",
                    "pmcid": f"PMC{number}",
                    "doi": None,
                    "abstract": "".join(sha256(f"{edition} {number} {part}") for part in range(100)),
                    "content_hash": sha256(f"{edition} {number}"),
                }
                for number in range(1, PAPERS + 1)
            ]
            labels = [
                {"paper_id": f"PMC{number}", "label": f"{label} of {number}"}
                for number in range(1, PAPERS + 1)
                for label in ("z", "a", "m")
            ]
            load(con, load_of(frames(papers, entities=labels)), RUN, Counts(loaded=PAPERS))
            con.execute("CHECKPOINT")
    return layout


def test_the_rebuilt_file_is_smaller_and_says_the_same(layout: Layout) -> None:
    with open_build(layout) as con:
        before, order = everything(con), rows(con, "SELECT paper_id, label FROM entities")
        comments = rows(con, "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal")
    size = compact.measure(layout)
    assert size.share > 0.25
    assert size.bytes == pytest.approx(layout.build.stat().st_size, rel=0.1)
    after = compact.compact(layout)
    assert layout.build.stat().st_size < 0.85 * size.bytes
    assert after.share < 0.1
    with open_build(layout) as con:
        assert everything(con) == before
        assert rows(con, "SELECT paper_id, label FROM entities") == order
        assert rows(con, "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal") == comments
        assert migrate(con) == []
        check_everything(con)
        assert rows(con, "SELECT count(*) FROM paper_topics") == [(PAPERS,)]
    assert [file.name for file in layout.build.parent.iterdir()] == ["warehouse.duckdb"]


def test_it_is_rebuilt_only_where_that_pays_and_on_purpose(layout: Layout) -> None:
    size = layout.build.stat().st_size
    for wanted in (Maintenance(dry_run=True), Maintenance(dry_run=False, compact_above=1)):
        before, after = compact_task.fn(layout, wanted)
        assert before.share > 0.25
        assert after is None
        assert layout.build.stat().st_size == size
    before, after = compact_task.fn(layout, Maintenance(dry_run=False))
    assert after is not None
    assert compact_task.fn(layout, Maintenance(dry_run=False)) == (after, None)


def test_a_copy_that_differs_is_thrown_away(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(con: duckdb.DuckDBPyConnection, name: str, table: str) -> bool:
        con.execute(f"DELETE FROM slim.{table}")
        return original(con, name, table)

    original = compact._same
    monkeypatch.setattr(compact, "_same", spoil)
    with open_build(layout) as con:
        before = everything(con)
    with pytest.raises(StorageError, match=r"the copy differs in main\.entities, .*the file was left as it is"):
        compact.compact(layout)
    with open_build(layout) as con:
        assert everything(con) == before
    assert [file.name for file in layout.build.parent.iterdir()] == ["warehouse.duckdb"]


def test_what_a_rebuild_that_died_left_is_in_nobodys_way(layout: Layout) -> None:
    layout.build.with_name("compact.duckdb").write_bytes(b"half")
    compact.compact(layout)
    assert [file.name for file in layout.build.parent.iterdir()] == ["warehouse.duckdb"]
