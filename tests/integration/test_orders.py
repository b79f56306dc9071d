"""The development corpus from three sources, in every order of arrival: the same rows.

Takes minutes, so it runs where PAPERHOUSE_LONG is set.
"""

import os
import tarfile
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services, sources
from tests.integration.house import LINEAGE, SHARED, House, topic

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get("PAPERHOUSE_LONG"), reason="takes minutes; set PAPERHOUSE_LONG to run it"),
]

CORPUS, SEED = SHARED / "corpus" / "dev.tar.xz", SHARED / "seed" / "PMC12259643.md"
VOCABULARY = SHARED / "corpus" / "mondo_exactmatch_mesh.sssom.tsv"
TABLES = ("papers", "authors", "entities", "references", "sections", "paper_sources", "paper_ids")


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here (../shared/corpus/dev.tar.xz)")
def test_the_corpus_gives_the_same_rows_in_every_order(
    serve: Callable[..., ApiServer], houses: Callable[[str], House], tmp_path: Path
) -> None:
    with tarfile.open(CORPUS) as archive:
        archive.extractall(tmp_path / "corpus", filter="data")
    server = serve(*services(Library.from_corpus(tmp_path / "corpus")))
    settings = {name: {**source, "requests_per_second": 100} for name, source in sources(server.base_url).items()}
    live = {"name": "records", "source": "europepmc", "query": "*", "since": "2024-01-01", "references": True}
    topics = [
        topic("articles", "jats", str(tmp_path / "corpus" / "**" / "*.xml")),
        live | {"entities": ["pubtator", "europepmc"]},
        topic("seed", "tomesphere", str(SEED)),
    ]
    expected: dict[str, Any] = {}
    for order in permutations(["articles", "records", "seed"]):
        house = houses("-".join(order))
        house.configure(*topics, sources=settings, vocabularies={"mondo_mesh": str(VOCABULARY)})
        for name in order:
            house.start("ingest", "--topic", name).wait(900).ok()
        house.assert_sound()
        found = {table: rows(house, table) for table in TABLES}
        expected = expected or found
        assert {table: len(of) for table, of in found.items()} == {table: len(of) for table, of in expected.items()}
        for table in TABLES:
            assert found[table] == expected[table], (order, table)
        print(order, {table: len(of) for table, of in found.items()})
    joined = "SELECT paper_id FROM paper_sources GROUP BY paper_id HAVING count(DISTINCT source) > 1"
    assert len(house.query(joined)) >= 340
    assert house.value("SELECT count(*) FROM main.references WHERE resolved_by IS NOT NULL") >= 50
    assert house.value("SELECT count(*) FROM entities WHERE linked_from IS NOT NULL") >= 100


def rows(house: House, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table without lineage, in an order of their own."""
    return house.query(f'SELECT COLUMNS(c -> c NOT IN {LINEAGE}) FROM main."{table}" ORDER BY ALL')
