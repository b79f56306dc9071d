"""All services over one library, on one port, at the addresses of the contract's example configuration."""

from tests.apis.annotations import annotations
from tests.apis.europepmc import OnSearch, articles
from tests.apis.library import Library
from tests.apis.pubtator import pubtator
from tests.apis.server import Service
from tests.apis.tomesphere import library_pages, pages


def services(library: Library, *, on_search: OnSearch | None = None, ending: str | None = None) -> list[Service]:
    """For ``ApiServer`` or the fixture ``serve``; the options are those of ``europepmc.articles``."""
    return [
        articles(library, on_search=on_search, ending=ending),
        annotations(library),
        pubtator(library),
        pages(library_pages(library)),
    ]


def sources(base_url: str) -> dict[str, dict[str, str]]:
    """The ``sources`` of a configuration that asks this server."""
    return {
        "europepmc": {"base_url": f"{base_url}/europepmc/webservices/rest"},
        "annotations": {"base_url": f"{base_url}/europepmc/annotations_api"},
        "pubtator": {"base_url": f"{base_url}/research/pubtator3-api"},
        "tomesphere": {"base_url": base_url},
    }
