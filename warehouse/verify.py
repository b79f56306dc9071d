"""Examine what is published: whether every check holds, and whether landing still has what it took in."""

from warehouse.landing import Landing
from warehouse.layout import Layout
from warehouse.load import check_everything
from warehouse.lookup import lookup
from warehouse.reading import open_current

#: Landed documents that are read back.
SAMPLE = 200


def verify_database(layout: Layout) -> str:
    """Run all checks on all published papers. Returns how many. Raises: CheckFailed, NoWarehouse, StorageError."""
    with open_current(layout) as con:
        check_everything(con)
        papers = lookup(con, "table_counts")[0]["rows"]
    return f"{papers:,} papers, all checks pass"


def verify_landing(layout: Layout) -> str:
    """Read a sample of landed documents back. Returns how many. Raises: StorageError, NoWarehouse."""
    landing = Landing(layout.landing)
    with open_current(layout) as con:
        documents = lookup(con, "sample_documents", most=SAMPLE)
    for document in documents:
        landing.verify(document["sha256"])
    return f"{len(documents):,} documents read back and unharmed"
