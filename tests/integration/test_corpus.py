"""The development corpus, 453 real articles in one archive: all accounted for, and known the next time."""

import pytest

from tests.integration.house import SHARED, House, topic

pytestmark = [pytest.mark.integration, pytest.mark.alone, pytest.mark.timeout(280)]

CORPUS = SHARED / "corpus" / "dev.tar.xz"
DOCUMENTS = 453
LOADED_AT_LEAST = 451
#: A loose bound: most of what is left of the second run is unpacking.
TIMES_FASTER = 3


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here (../shared/corpus/dev.tar.xz)")
def test_the_corpus_is_accounted_for_and_known_the_next_time(house: House) -> None:
    house.configure(topic("corpus", "jats", str(CORPUS)))

    house.ingest().ok()
    (first,) = house.runs()
    assert (first["status"], first["fetched"], first["unchanged"]) == ("done", DOCUMENTS, 0)
    assert first["loaded"] + first["rejected"] == DOCUMENTS
    assert first["loaded"] >= LOADED_AT_LEAST
    assert house.value("SELECT count(*) FROM papers") == first["loaded"]
    content, landed = house.fingerprints(), house.landed()

    house.ingest().ok()
    _, second = house.runs()
    assert (second["fetched"], second["loaded"]) == (DOCUMENTS, 0)
    assert (second["unchanged"], second["rejected"]) == (first["loaded"], first["rejected"])
    assert house.fingerprints() == content
    assert house.landed() == landed
    took = [(run["finished_at"] - run["started_at"]).total_seconds() for run in (first, second)]
    assert took[1] < took[0] / TIMES_FASTER
    house.assert_sound()
