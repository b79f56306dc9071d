"""The tables of schema ``search``: the index that search() reads, made from the papers and from nothing else."""

import pandera.polars as pa
import polars as pl

from schemas.tables import Table


class Postings(Table):
    """Which word stands in which paper, and how often; the macro folded_words says what a word is."""

    term: str = pa.Field(description="Word, as folded_words gives it")
    paper_id: str = pa.Field(description="Paper, see papers")
    in_title: pl.Int32 = pa.Field(ge=0, description="How often it stands in the title")
    in_abstract: pl.Int32 = pa.Field(ge=0, description="How often it stands in the abstract")
    in_text: pl.Int32 = pa.Field(ge=0, description="How often it stands in the sections, with their headings")


class Lengths(Table):
    """The papers in the index, and how many words each has; a paper that is not here is not indexed."""

    paper_id: str = pa.Field(unique=True, description="Paper, see papers")
    title_words: pl.Int32 = pa.Field(ge=0, description="Words of the title")
    abstract_words: pl.Int32 = pa.Field(ge=0, description="Words of the abstract")
    text_words: pl.Int32 = pa.Field(ge=0, description="Words of the sections, where they are indexed")


SEARCH_TABLES: dict[str, type[Table]] = {"postings": Postings, "lengths": Lengths}
