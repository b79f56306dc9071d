"""The development corpus behind the loopback services, harvested as a topic of Europe PMC.

It takes minutes, so it wants PAPERHOUSE_LONG=1; test_harvest.py holds the same of a small library.
"""

import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services
from tests.integration.house import SHARED, House
from tests.integration.test_harvest import SEARCH, by_paper, configure, day, targets

CORPUS = SHARED / "corpus" / "dev.tar.xz"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get("PAPERHOUSE_LONG"), reason="takes minutes: PAPERHOUSE_LONG=1"),
    pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here (../shared/corpus/dev.tar.xz)"),
]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """The corpus in a folder."""
    with tarfile.open(CORPUS) as archive:
        archive.extractall(tmp_path / "corpus", filter="data")
    return tmp_path / "corpus"


def test_the_corpus_is_harvested_and_followed(serve: Callable[..., ApiServer], house: House, articles: Path) -> None:
    """All of it, nothing again, what changed, what was retracted."""
    library = Library.from_corpus(articles, first=str(day(200)), last=str(day(100)))
    server = serve(*services(library))
    configure(house, server, rate=2000).ingest().ok()
    ((state, fetched, loaded, unchanged, rejected),) = house.counts().values()
    print(f"{fetched} fetched, {loaded} loaded, {rejected} rejected, {len(server.requests)} requests")
    assert (state, fetched, unchanged) == ("done", len(library), 0)
    assert fetched == loaded + rejected
    house.ingest().ok()  # the overlap of the windows lies behind it

    content, landed, asked = house.fingerprints(), house.landed(), len(server.requests)
    house.ingest().ok()
    print(f"again: {len(server.requests) - asked} requests")
    assert {target.partition("?")[0] for target in targets(server, asked)} == {SEARCH}
    assert (house.fingerprints(), house.landed()) == (content, landed)

    rows = by_paper(house)
    known = "SELECT pmid, paper_id FROM papers WHERE pmid IS NOT NULL AND NOT coalesce(is_retracted, false)"
    followed = house.query(f"{known} ORDER BY pmid LIMIT 12")
    changed, retracted = followed[:10], followed[10:]
    for pmid, _ in changed:
        library.change(f"MED:{pmid}", day(0), title=f"Another title of {pmid}")
    for pmid, _ in retracted:
        library.retract(f"MED:{pmid}", day(0))
    house.ingest().ok()
    now = by_paper(house)
    differing = {paper_id for paper_id in rows | now if rows.get(paper_id) != now.get(paper_id)}
    assert differing == {paper_id for _, paper_id in followed}
    still = {paper_id for _, paper_id in house.query(known)}
    assert {paper_id for _, paper_id in followed} - still == {paper_id for _, paper_id in retracted}
    house.assert_sound()
