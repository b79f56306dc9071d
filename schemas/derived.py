"""Tables that are derived: what follows from what sources said, and from vocabularies. No source gives their rows.

One pandera model each, as in ``schemas.tables``. The load that changes a paper renews what follows from it, in its
own transaction (``warehouse.derive``).
"""

import pandera.polars as pa

from schemas import identifiers as ids
from schemas.tables import NOT_BLANK, PUBLISHED, Table

ID_SCHEMES = ["pmcid", "pmid", "doi"]


class PaperIds(Table):
    """Every id that a paper goes by: its own, and those that any of its sources claims for it. The crosswalk."""

    scheme: str = pa.Field(isin=ID_SCHEMES, description="pmcid, pmid or doi")
    value: str = pa.Field(str_matches=NOT_BLANK, description="The id, in the form of the column of that name in papers")
    paper_id: str = pa.Field(description="Paper that goes by it, see papers; several where sources contradict another")

    class Config:
        unique = ["scheme", "value", "paper_id"]  # noqa: RUF012 (pandera's form)


class ConceptMappings(Table):
    """Concepts of two vocabularies that mean the same (skos:exactMatch), see ops.vocabularies."""

    vocabulary: str = pa.Field(description="Vocabulary that says so, see ops.vocabularies")
    curie: str = pa.Field(str_matches=ids.CURIE, description="Concept that entities are linked to, as MONDO:0100192")
    name: str = pa.Field(nullable=True, description="Its preferred name, as liver failure")
    linked_from: str = pa.Field(str_matches=ids.CURIE, description="Concept that is the same, as MESH:D017093")
    linked_from_name: str = pa.Field(nullable=True, description="Its preferred name, where the vocabulary gives one")

    class Config:
        unique = ["vocabulary", "linked_from", "curie"]  # noqa: RUF012 (pandera's form)


#: Columns of the tables that parsers fill which are derived, too.
COLUMNS = {
    "references.cited_paper_id",
    "references.resolved_by",
    "entities.linked_from",
    "entities.named_by",
}
DERIVED: dict[str, type[Table]] = {"paper_ids": PaperIds, "concept_mappings": ConceptMappings}
#: All tables of schema main.
MAIN: dict[str, type[Table]] = {**PUBLISHED, **DERIVED}
