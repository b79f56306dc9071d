"""Vocabularies as a user meets them: loaded by the first ingest, refreshed by their own command, in nobody's way."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.apis.library import Library
from tests.apis.paper import Entity
from tests.apis.server import ApiServer, Reply, Request
from tests.apis.services import services, sources
from tests.integration.house import House
from tests.vocabulary import LIVER_FAILURE, NEOPLASM, mapping_set

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

LIVER = Entity("hepatic failure", "Disease", "MESH:D017093", "Liver Failure")
NETS = Entity("NETs", "Disease", "MESH:D018358", "Neuroendocrine Tumors")
LINKED = "SELECT label, curie, name, source, linked_from, named_by FROM entities WHERE scope = 'linked' ORDER BY ALL"
LINKED_LIVER = ("Hepatic failure", "MONDO:0100192", "liver failure", "pubtator", "MESH:D017093", "mondo_mesh")
LINKED_NETS = ("NETs", "MONDO:0019496", "neuroendocrine neoplasm", "pubtator", "MESH:D018358", "mondo_mesh")


class Served:
    """A server of papers, and of a vocabulary that a test changes or takes away (None)."""

    def __init__(self, serve: Callable[..., ApiServer]) -> None:
        self.vocabulary: str | None = None
        library, today = Library(), datetime.now(UTC).date()
        library.add("201", updated=today, title="On livers.", abstract="Hepatic failure.", entities=(LIVER, NETS))
        library.add("202", updated=today, title="On NETs.", abstract="NETs in the liver.", entities=(LIVER, NETS))
        self.server = serve(self._answer, *services(library))
        self.address = f"{self.server.base_url}/mondo.sssom.tsv"

    def _answer(self, request: Request) -> Reply | None:
        if request.path != "/mondo.sssom.tsv":
            return None
        return Reply(self.vocabulary.encode(), "text/plain") if self.vocabulary else Reply(b"gone", status=404)

    def configure(self, house: House) -> House:
        base: dict[str, Any] = {
            name: {**source, "requests_per_second": 100} for name, source in sources(self.server.base_url).items()
        }
        live = {"name": "live", "source": "europepmc", "query": "*", "since": str(datetime.now(UTC).date())}
        house.configure(live | {"entities": ["pubtator"]}, sources=base, vocabularies={"mondo_mesh": self.address})
        return house


@pytest.fixture
def served(serve: Callable[..., ApiServer]) -> Served:
    return Served(serve)


def test_the_first_ingest_loads_and_links(served: Served, house: House) -> None:
    served.vocabulary = mapping_set(LIVER_FAILURE, NEOPLASM, version="2026-08-04")
    served.configure(house).ingest().ok()
    assert house.query(LINKED) == [LINKED_LIVER, LINKED_NETS]
    found = house.query("SELECT label, curie, name FROM entities WHERE scope = 'abstract' ORDER BY label")
    assert found == [("Hepatic failure", "MESH:D017093", "Liver Failure"),
                     ("NETs", "MESH:D018358", "Neuroendocrine Tumors")]  # fmt: skip
    (known,) = json.loads(house.run("status", "--json").ok().out)["vocabularies"]
    assert (known["name"], known["version"], known["rows"], known["error"]) == ("mondo_mesh", "2026-08-04", 2, None)
    assert known["address"] == served.address
    before = len(served.server.requests)
    house.ingest().ok()
    assert served.address not in [request.target for request in served.server.requests[before:]]
    house.assert_sound()
    assert house.run("doctor").code == 0


@pytest.mark.slow
def test_a_refresh_links_anew_what_changed(served: Served, house: House) -> None:
    served.vocabulary = mapping_set(LIVER_FAILURE)
    served.configure(house).ingest().ok()
    served.vocabulary = mapping_set(LIVER_FAILURE, NEOPLASM, version="2")
    assert house.run("vocabularies").ok().out == "mondo_mesh: 2 mappings loaded, papers linked anew: 1\n"
    assert house.query(LINKED) == [LINKED_LIVER, LINKED_NETS]
    assert house.run("vocabularies").ok().out == "mondo_mesh is as it was loaded\n"
    house.assert_sound()


@pytest.mark.slow
def test_one_that_fails_stops_no_topic(served: Served, house: House) -> None:
    ended = served.configure(house).ingest().ok()
    assert "vocabulary mondo_mesh is not refreshed" in ended.line
    assert "404" in ended.line and served.address in ended.line
    assert len(house.papers()) == 2
    assert "404" in house.run("status").ok().out
    failed = house.run("vocabularies")
    assert failed.code == 1
    assert "404" in failed.line
    served.vocabulary = mapping_set(LIVER_FAILURE, NEOPLASM)
    house.ingest().ok()
    assert house.query(LINKED) == [LINKED_LIVER, LINKED_NETS]
    assert house.value("SELECT error FROM ops.vocabularies") is None


def test_a_configuration_without_any(house: House) -> None:
    house.configure({"name": "pages", "source": "tomesphere", "ids": ["PMC1"]})
    assert "names no vocabularies" in house.run("vocabularies").ok().out
