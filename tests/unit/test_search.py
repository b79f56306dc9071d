"""search(): BM25F over an index that lies in plain tables, is kept up by each load, and needs no extension."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tasks.reconsider import index_again
from tests.unit.conftest import RUN, Row, everything, frames, load_of, rows, sha256
from warehouse.layout import Layout
from warehouse.load import load
from warehouse.runs import Counts, Run, start_run
from warehouse.search import index_papers, indexed_by, merge_index, start_over

Con = duckdb.DuckDBPyConnection
Publish = Callable[[], str]

PAPERS: list[Row] = [
    {"paper_id": "PMC1", "title": "Liver metastasis", "abstract": "Tumours of the liver."},
    {"paper_id": "PMC2", "title": "Hepatectomy", "abstract": "Resection of a liver metastasis."},
    {"paper_id": "PMC3", "title": "Hypoxia", "abstract": "TGF-β in café workers."},
    {"paper_id": "PMC4", "title": "Nothing of the kind"},
]
SECTIONS: list[Row] = [
    {"paper_id": "PMC3", "heading": "Metastases", "text": "One sentence\nnames the livers."},
    {"paper_id": "PMC4", "heading": None, "text": None},
]


def papers(*changes: Row) -> list[Row]:
    """The papers, with those of these keys changed; each comes from a document of its own."""
    changed = {row["paper_id"]: row for row in changes}
    filled = [row | changed.get(row["paper_id"], {}) for row in PAPERS]
    return [row | {"content_hash": sha256(str(row)), "url": None} for row in filled]


def load_papers(con: Con, *changes: Row) -> None:
    load(con, load_of(frames(papers(*changes), sections=SECTIONS)), RUN, Counts(loaded=4))


def found(con: Con, query: str) -> list[str]:
    return [paper_id for (paper_id,) in con.execute("SELECT paper_id FROM search(?)", [query]).fetchall()]


def postings(con: Con, condition: str) -> list[tuple[str, int]]:
    """The papers in which words stand, with how often, as far as they hold what the index says of them."""
    return con.execute(f"""
        SELECT paper_id, times
        FROM search.lengths
        JOIN (SELECT word, unnest(numbers) AS number, unnest(times) AS times FROM search.postings) USING (number)
        WHERE {condition}
        ORDER BY ALL
    """).fetchall()


@pytest.fixture
def loaded(con: Con) -> Con:
    load_papers(con)
    return con


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("metastases", "Metastasis"),
        ("analyses", "analysis"),
        ("therapies", "therapy"),
        ("genes", "gene"),
        ("viruses", "virus"),
        ("branches", "branch"),
        ("processes", "process"),
        ("diseases", "disease"),
        ("indexes", "index"),
        ("tumours", "tumor"),
        ("anaemia", "anemia"),
        ("oedema", "edema"),
        ("localised", "localized"),
        ("analyse", "analyze"),
        ("TGF-β", "tgf beta"),
        ("Sjögren's", "sjogren s"),
    ],
)
def test_words_that_are_one(con: Con, one: str, other: str) -> None:
    ((first, second),) = con.execute("SELECT folded_words(?), folded_words(?)", [one, other]).fetchall()
    assert first == second != []


@pytest.mark.parametrize("word", ["status", "hepatitis", "class", "gas", "bus", "mice", "ki67", "肝"])
def test_words_that_stay(con: Con, word: str) -> None:
    assert rows(con, f"SELECT folded_words('{word}')") == [([word],)]


def test_the_best_comes_first(loaded: Con) -> None:
    assert found(loaded, "liver metastases") == ["PMC1", "PMC2", "PMC3"]
    assert rows(loaded, "SELECT title, terms, found_by FROM search('livers, hepatectomies!')") == [
        ("Hepatectomy", ["hepatectomy", "liver"], "bm25"),
        ("Liver metastasis", ["liver"], "bm25"),
        ("Hypoxia", ["liver"], "bm25"),
    ]


@pytest.mark.parametrize("nothing", ["", "   ", "!?", "unheard", "%", "'"])
def test_what_nobody_wrote_is_not_found(loaded: Con, nothing: str) -> None:
    assert found(loaded, nothing) == []


def test_the_score_is_that_of_the_formula(loaded: Con) -> None:
    """BM25F, counted by hand: 4 for a word of the title, 2 of the abstract, 1 of the text; k1 = 1.2, b = 0.75."""
    words = {"PMC1": 4 * 2 + 2 * 4, "PMC2": 4 + 2 * 5, "PMC3": 4 + 2 * 5 + 6, "PMC4": 4 * 4}
    times = {"PMC1": 4, "PMC2": 2, "PMC3": 1}  # metastas
    idf = math.log(1 + (4 - 3 + 0.5) / (3 + 0.5))
    mean = sum(words.values()) / 4
    expected = [
        (key, round(idf * n * 2.2 / (n + 1.2 * (0.25 + 0.75 * words[key] / mean)), 3)) for key, n in times.items()
    ]
    assert rows(loaded, "SELECT paper_id, score FROM search('metastasis')") == expected


def test_every_paper_is_in_the_index(loaded: Con) -> None:
    lengths = {"PMC1": 4 * 2 + 2 * 4, "PMC2": 4 + 2 * 5, "PMC3": 4 + 2 * 5 + 6, "PMC4": 4 * 4}
    assert rows(loaded, "SELECT paper_id, words FROM search.lengths ORDER BY ALL") == list(lengths.items())
    assert postings(loaded, "word = md5_number_lower('liver')") == [("PMC1", 4 + 2), ("PMC2", 2), ("PMC3", 1)]


def test_a_load_renews_the_words_of_its_papers_and_of_no_other(loaded: Con) -> None:
    before = postings(loaded, "paper_id <> 'PMC1'")
    again = [
        row for row in papers({"paper_id": "PMC1", "title": "Spleen", "abstract": None}) if row["title"] == "Spleen"
    ]
    load(loaded, load_of(frames(again)), RUN, Counts(loaded=5))
    assert found(loaded, "spleen") == ["PMC1"]
    assert found(loaded, "tumours") == []
    assert postings(loaded, "paper_id <> 'PMC1'") == before


def test_a_paper_that_goes_leaves_the_index(loaded: Con) -> None:
    load(loaded, replace(load_of(frames([])), touched=["PMC1"]), RUN, Counts(loaded=4))
    assert found(loaded, "liver") == ["PMC2", "PMC3"]
    assert postings(loaded, "paper_id = 'PMC1'") == []
    assert rows(loaded, "FROM search.lengths WHERE paper_id = 'PMC1'") == []


def test_loading_twice_changes_nothing(loaded: Con) -> None:
    before = everything(loaded)
    load_papers(loaded)
    assert everything(loaded) == before


def test_without_an_index_the_words_themselves_are_looked_for(con: Con) -> None:
    start_over(con, "off")
    load_papers(con)
    assert rows(con, "FROM search.lengths") == []
    assert rows(con, "SELECT paper_id, score, terms, found_by FROM search(' LIVER metastasis ')") == [
        ("PMC1", 0, ["liver", "metastasis"], "contains"),
        ("PMC2", 0, ["liver", "metastasis"], "contains"),
    ]
    assert found(con, "livers") == []
    assert found(con, " ") == []


def test_the_abstract_alone_can_be_indexed(con: Con) -> None:
    start_over(con, "abstract")
    load_papers(con)
    assert found(con, "metastasis") == ["PMC1", "PMC2"]
    assert rows(con, "SELECT words FROM search.lengths WHERE paper_id = 'PMC3'") == [(4 + 2 * 5,)]


def test_papers_from_before_the_index_are_found_at_once_and_indexed_later(loaded: Con) -> None:
    expected = everything(loaded)
    loaded.execute("DELETE FROM search.postings; DELETE FROM search.lengths")
    index_papers(loaded, ["PMC2"])
    assert rows(loaded, "SELECT paper_id, found_by FROM search('liver')") == [("PMC2", "bm25"), ("PMC1", "contains")]
    index_papers(loaded, ["PMC1", "PMC3", "PMC4"])
    assert everything(loaded) == expected


def test_an_index_of_many_loads_is_merged_and_says_the_same(loaded: Con) -> None:
    assert not merge_index(loaded), "nothing was given up"
    for edition in ("first", "second"):
        load_papers(loaded, {"paper_id": "PMC1", "title": f"Liver metastasis, {edition} edition"})
    expected, before = everything(loaded), found(loaded, "liver metastases edition")
    assert merge_index(loaded)
    assert not merge_index(loaded), "nothing is left to merge"
    assert everything(loaded) == expected
    assert found(loaded, "liver metastases edition") == before == ["PMC1", "PMC2", "PMC3"]
    assert rows(loaded, "SELECT count(*) - count(DISTINCT word) FROM search.postings") == [(0,)]
    assert rows(loaded, "SELECT list_sort(numbers) FROM search.postings WHERE word = md5_number_lower('liver')") == [
        (sorted(number for (number,) in rows(loaded, "SELECT number FROM search.lengths WHERE paper_id <> 'PMC4'")),)
    ]
    load_papers(loaded, {"paper_id": "PMC2", "title": "Spleen"})
    assert found(loaded, "spleen") == ["PMC2"], "numbers go on after it"


@pytest.fixture
def layout(tmp_path: Path, migrated: Path) -> Iterator[Layout]:
    """A warehouse in which the papers are loaded, closed."""
    here = Layout(tmp_path / "data")
    here.build.parent.mkdir(parents=True)
    here.build.write_bytes(migrated.read_bytes())
    with duckdb.connect(str(here.build)) as con:
        start_run(con, Run("run-1", "flow-run-1", "ingest", "articles"))
        load_papers(con)
    yield here


@pytest.mark.parametrize(
    ("wanted", "indexed", "query", "hits"),
    [
        ("full_text", 0, "metastases", 3),
        ("abstract", 4, "metastases", 2),
        ("off", 0, "metastases", 0),
        ("off", 0, "metastasis", 2),
    ],
)
def test_the_configuration_says_what_is_indexed(
    layout: Layout, wanted: str, indexed: int, query: str, hits: int
) -> None:
    assert index_again.fn(layout, wanted) == indexed
    assert index_again.fn(layout, wanted) == 0
    with duckdb.connect(str(layout.build)) as con:
        assert indexed_by(con) == wanted
        assert len(found(con, query)) == hits
    assert index_again.fn(layout, "full_text") == (0 if wanted == "full_text" else 4)


def test_a_reader_needs_neither_an_extension_nor_the_network(loaded: Con, published: Publish) -> None:
    file = Path(published()).parent / "data" / "papers.duckdb"
    settings = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with duckdb.connect(str(file), read_only=True, config=settings) as reader:
        assert found(reader, "liver metastases") == ["PMC1", "PMC2", "PMC3"]
        assert rows(reader, "SELECT loaded FROM duckdb_extensions() WHERE extension_name = 'fts'") == [(False,)]
    with duckdb.connect(config=settings) as other:
        other.execute(f"ATTACH '{file}' AS literature (READ_ONLY); USE literature")
        assert found(other, "hypoxia") == ["PMC3"]
