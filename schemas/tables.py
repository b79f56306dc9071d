"""The tables of the published warehouse: one pandera (polars) model each, and nothing else says what a table is.

A model gives the columns in order, their types, whether they may be null, what is checked, and what each means.
From it come the DuckDB comments (``warehouse.migrate``), the data dictionary (docs/data-dictionary.md) and the
Arrow types that parsers fill (``arrow_schema``); a test holds the migrations' DDL against it.

One rule says what a failed check costs: **a column that may be null loses its value, a column that may not be null
loses its row, a paper's own row takes its children along.** All three leave the row in ``ops.rejects``.
"""

from datetime import date, timedelta
from typing import Annotated

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from schemas import identifiers as ids

Texts = Annotated[pl.List, pl.String]
Instant = Annotated[pl.Datetime, "us", "UTC"]

SECTION_TYPES = ["introduction", "methods", "results", "discussion", "conclusion", "other"]
SCOPES = ["linked", "full_text", "abstract"]
RESOLUTIONS = ["doi", "pmid", "pmcid", "title"]
PRECISIONS = ["day", "month", "year"]

SHA256 = r"^[0-9a-f]{64}$"
NOT_BLANK = r"\s*\S"
#: From the first scientific journals (1665) to two years ahead of today: journals do publish ahead.
SANE_DATES = {"min_value": date(1665, 1, 1), "max_value": date.today() + timedelta(days=730)}
#: Old books are cited.
SANE_YEARS = {"min_value": 1000, "max_value": date.today().year + 2}


class Table(pa.DataFrameModel):
    """A table's contract: these columns in this order, and no others."""

    class Config:
        strict = True
        ordered = True


class _Positioned(Table):
    """A table whose rows are numbered within their paper."""

    class Config:
        unique = ["paper_id", "position"]  # noqa: RUF012 (pandera's form)

    @pa.dataframe_check
    @classmethod
    def positions_without_gaps(cls, data: PolarsData) -> pl.LazyFrame:
        """The positions of a paper's rows count 1, 2, 3."""
        in_order = pl.col("position").rank("ordinal").over("paper_id")
        return data.lazyframe.select(pl.col("position") == in_order)


class Papers(Table):
    """One row a paper."""

    paper_id: str = pa.Field(
        unique=True,
        str_matches=ids.PAPER_ID,
        description="Key of the paper: PMC<digits>, else PMID:<digits>, else DOI:<doi>, else <SOURCE>:<id>",
    )
    pmcid: str = pa.Field(nullable=True, str_matches=ids.PMCID, description="PubMed Central id, as PMC123")
    pmid: str = pa.Field(nullable=True, str_matches=ids.PMID, description="PubMed id, digits")
    doi: str = pa.Field(nullable=True, str_matches=ids.DOI, description="DOI in lower case, no URL prefix")
    title: str = pa.Field(str_matches=NOT_BLANK, description="Title as plain text")
    abstract: str = pa.Field(nullable=True, description="Main abstract as plain text; headings in their place")
    tldr: str = pa.Field(nullable=True, description="One-sentence summary, as given by a source that has one")
    contribution: str = pa.Field(nullable=True, description="What the paper adds, as given by a source that says so")
    key_findings: Texts = pa.Field(nullable=True, description="Key findings in order, as given by a source")
    journal: str = pa.Field(nullable=True, description="Journal title")
    publisher: str = pa.Field(nullable=True, description="Publisher's name")
    issn: str = pa.Field(
        nullable=True, str_matches=ids.ISSN, description="ISSN, the electronic one before the print one"
    )
    published: date = pa.Field(
        nullable=True,
        in_range=SANE_DATES,
        description="Publication date; parts that are not known are 1, see published_precision",
    )
    published_precision: str = pa.Field(
        nullable=True, isin=PRECISIONS, description="day, month or year: how much of published is known"
    )
    authors: Texts = pa.Field(nullable=True, description="Display names of the authors in order")
    article_type: str = pa.Field(nullable=True, description="JATS article type, as research-article")
    language: str = pa.Field(nullable=True, str_matches=ids.LANGUAGE, description="Language of the text, ISO 639-1")
    license: str = pa.Field(
        nullable=True, description="SPDX identifier of the licence where one fits, else its text or URL"
    )
    is_open_access: bool = pa.Field(nullable=True, description="Whether the source says that the paper is open access")
    is_retracted: bool = pa.Field(nullable=True, description="Whether the paper itself was retracted")
    keywords: Texts = pa.Field(nullable=True, description="Authors' keywords")
    mesh_terms: Texts = pa.Field(nullable=True, description="MeSH descriptors")
    reference_count: pl.Int32 = pa.Field(
        nullable=True, ge=0, description="Number of references, as listed or as stated by the source"
    )
    cited_by_count: pl.Int32 = pa.Field(
        nullable=True, ge=0, description="Number of citing papers, as stated by the source"
    )
    has_full_text: bool = pa.Field(description="Whether sections holds the body of the paper")
    source: str = pa.Field(description="Source that leads for this paper")
    url: str = pa.Field(nullable=True, description="Page of the paper at that source")
    fetched_at: Instant = pa.Field(description="When the leading document was fetched")
    updated_at: Instant = pa.Field(description="When this row last changed")
    content_hash: str = pa.Field(
        description="sha256 of the leading document (of the article, where a document holds several)"
    )
    run_id: str = pa.Field(description="Run that last wrote this row, see ops.runs")
    summary_source: str = pa.Field(
        nullable=True,
        description="What tldr, contribution and key_findings were taken from: page, or a type of abstract that the "
        "publisher adds (teaser, short, web-summary for tldr; key-points, author-highlights for key_findings)",
    )
    translated_titles: Texts = pa.Field(nullable=True, description="Titles in other languages than the paper's own")
    subjects: Texts = pa.Field(
        nullable=True, description="Headings and subjects that the journal files the paper under, as it gives them"
    )
    funding: Texts = pa.Field(
        nullable=True,
        description="Funders, each once, with award numbers in brackets; else the paper's statement on funding",
    )
    notices: Texts = pa.Field(
        nullable=True,
        description="Kinds of notices about this paper that a source knows of: retraction, partial-retraction, "
        "correction, expression-of-concern",
    )
    notice_of: Texts = pa.Field(
        nullable=True,
        description="Of a notice (see article_type): the papers that it is about, as PMC<digits>, PMID:<digits> or "
        "DOI:<doi>",
    )


class Authors(_Positioned):
    """The authors of a paper, in order."""

    paper_id: str = pa.Field(description="Paper, see papers")
    position: pl.Int32 = pa.Field(ge=1, description="Place in the list, from 1 without gaps")
    name: str = pa.Field(str_matches=NOT_BLANK, description="Display name; of a collaboration its name")
    given_names: str = pa.Field(nullable=True, description="Given names or initials")
    surname: str = pa.Field(nullable=True, description="Surname")
    orcid: str = pa.Field(
        nullable=True,
        str_matches=ids.ORCID,
        description="ORCID iD, as 0000-0002-1825-0097, with a right check digit",
    )
    affiliations: Texts = pa.Field(nullable=True, description="Affiliations as text, in order")
    is_collective: bool = pa.Field(description="Whether the author is a group")
    suffix: str = pa.Field(nullable=True, description="What follows the surname, as Jr or III")
    is_corresponding: bool = pa.Field(
        nullable=True, description="Whether the author is marked as corresponding; null where nobody is"
    )

    @pa.check("orcid")
    @classmethod
    def orcid_check_digit(cls, data: PolarsData) -> pl.LazyFrame:
        """The last character is the ISO 7064 11,2 check digit (https://support.orcid.org, structure of the iD)."""
        digits = pl.col(data.key).str.replace_all("-", "")
        total = pl.lit(0, dtype=pl.Int64)
        for place in range(15):
            total = (total + digits.str.slice(place, 1).cast(pl.Int64, strict=False)) * 2
        remainder = (12 - total % 11) % 11
        expected = pl.when(remainder == 10).then(pl.lit("X")).otherwise(remainder.cast(pl.String))
        return data.lazyframe.select((digits.str.slice(15, 1) == expected).fill_null(True))


class Entities(Table):
    """Biomedical concepts that a source found in, or linked to, a paper."""

    paper_id: str = pa.Field(description="Paper, see papers")
    scope: str = pa.Field(isin=SCOPES, description="Where it was found: linked, full_text or abstract")
    entity_type: str = pa.Field(
        str_matches=NOT_BLANK,
        description="Disease, Gene, Chemical, Species, Variant, CellLine, else the source's own type, singular",
    )
    label: str = pa.Field(str_matches=NOT_BLANK, description="The text as mentioned")
    curie: str = pa.Field(nullable=True, str_matches=ids.CURIE, description="Concept as a CURIE, as MESH:D017093")
    name: str = pa.Field(nullable=True, description="The concept's preferred name, where known")
    qualifiers: Texts = pa.Field(nullable=True, description="What the source adds in brackets, as [human, species]")
    mention_count: pl.Int32 = pa.Field(nullable=True, ge=1, description="How often it is mentioned, where counted")
    source: str = pa.Field(description="Source that says so; of a linked entity the one whose mentions were linked")
    linked_from: str = pa.Field(
        nullable=True,
        str_matches=ids.CURIE,
        description="Of an entity that a vocabulary linked (scope linked): the concept that the source names, as "
        "MESH:D017093; null for what the source itself gives",
    )
    named_by: str = pa.Field(
        nullable=True, description="Vocabulary that name is from, see ops.vocabularies; null where it is the source's"
    )

    class Config:
        unique = ["paper_id", "scope", "entity_type", "label", "curie", "source"]  # noqa: RUF012 (pandera's form)


class References(_Positioned):
    """The reference list of a paper, in order."""

    paper_id: str = pa.Field(description="Citing paper, see papers")
    position: pl.Int32 = pa.Field(ge=1, description="Place in the list, from 1 without gaps")
    label: str = pa.Field(nullable=True, description="Label in the list, as [12]")
    citation: str = pa.Field(nullable=True, description="The whole reference as text")
    title: str = pa.Field(nullable=True, description="Title of the cited work")
    authors: Texts = pa.Field(nullable=True, description="Authors of the cited work, in order")
    journal: str = pa.Field(nullable=True, description="Journal or book of the cited work")
    year: pl.Int32 = pa.Field(nullable=True, in_range=SANE_YEARS, description="Year of the cited work")
    volume: str = pa.Field(nullable=True, description="Volume")
    pages: str = pa.Field(nullable=True, description="Pages or article number")
    doi: str = pa.Field(nullable=True, str_matches=ids.DOI, description="DOI in lower case, no URL prefix")
    pmid: str = pa.Field(nullable=True, str_matches=ids.PMID, description="PubMed id, digits")
    pmcid: str = pa.Field(nullable=True, str_matches=ids.PMCID, description="PubMed Central id, as PMC123")
    cited_paper_id: str = pa.Field(nullable=True, description="Paper of this warehouse that the reference resolves to")
    source: str = pa.Field(description="Source that says so")
    resolved_by: str = pa.Field(
        nullable=True,
        isin=RESOLUTIONS,
        description="What told cited_paper_id: doi, pmid or pmcid (an id that one paper goes by), or title (title and "
        "year)",
    )


class Sections(_Positioned):
    """The body of a paper as sections, in document order."""

    paper_id: str = pa.Field(description="Paper, see papers")
    position: pl.Int32 = pa.Field(ge=1, description="Place in the document, from 1 without gaps")
    level: pl.Int32 = pa.Field(ge=1, description="Depth in the tree of sections, from 1")
    heading: str = pa.Field(nullable=True, description="Heading of the section")
    section_type: str = pa.Field(isin=SECTION_TYPES, description="IMRaD type: " + ", ".join(SECTION_TYPES))
    text: str = pa.Field(nullable=True, description="Text of the section without its subsections, a block a line")


class PaperSources(Table):
    """Who told of a paper: the newest document of each source, the ids it claims for the paper, and what it gave."""

    paper_id: str = pa.Field(str_matches=ids.PAPER_ID, description="Paper, see papers")
    source: str = pa.Field(description="Source that told of it; what belongs to a record has a colon, as pubtator has")
    own_id: str = pa.Field(description="How the source itself names the paper: MED:123, else the key its ids give")
    document_id: str = pa.Field(description="Document it came from, see ops.documents")
    content_hash: str = pa.Field(
        str_matches=SHA256, description="Hash of the document, or of the article in a set, or of the record on a page"
    )
    pmcid: str = pa.Field(nullable=True, str_matches=ids.PMCID, description="PMCID that the source claims")
    pmid: str = pa.Field(nullable=True, str_matches=ids.PMID, description="PubMed id that the source claims")
    doi: str = pa.Field(nullable=True, str_matches=ids.DOI, description="DOI that the source claims")
    gave: Texts = pa.Field(
        nullable=True, description="Columns of papers, and tables, that come from this source; null where none does"
    )
    run_id: str = pa.Field(description="Run that last wrote this row, see ops.runs")

    class Config:
        unique = ["source", "own_id"]  # noqa: RUF012 (pandera's form)


TABLES: dict[str, type[Table]] = {
    "papers": Papers,
    "authors": Authors,
    "entities": Entities,
    "references": References,
    "sections": Sections,
}
#: All tables of the published warehouse: those that parsers fill, and what the load says of them.
PUBLISHED: dict[str, type[Table]] = {**TABLES, "paper_sources": PaperSources}
#: Columns of papers that say where the row comes from: they come from the source that leads.
LEADERS = ("url", "source", "fetched_at", "updated_at", "content_hash", "run_id")
#: Tables that a paper takes as a whole from one of its sources.
LISTS = ("authors", "references", "sections")
CHILDREN = [name for name in TABLES if name != "papers"]


def polars_schema(model: type[Table]) -> dict[str, pl.DataType]:
    """The columns of a table and their polars types, in order."""
    return {name: column.dtype.type for name, column in model.to_schema().columns.items()}


#: Columns of papers that no source is chosen for: the key, and what follows the columns that it is about.
_FOLLOWING = ("paper_id", "summary_source")
#: What a paper takes from one of its sources, each from the most trusted that has it: columns of papers, and tables.
MERGED = [column for column in polars_schema(Papers) if column not in (*_FOLLOWING, *LEADERS, *LISTS)] + list(LISTS)


def empty(model: type[Table]) -> pl.DataFrame:
    """A frame of that table without rows."""
    return pl.DataFrame(schema=polars_schema(model))
