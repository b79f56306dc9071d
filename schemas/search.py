"""The tables of schema ``search``: the index that search() reads, made from the papers and from nothing else."""

from typing import Annotated

import pandera.polars as pa
import polars as pl

from schemas.tables import Table

Integers = Annotated[pl.List, pl.Int32]


class Postings(Table):
    """Which word stands in which papers, and how often: a row for each word of the papers that were indexed together.

    A word of the title counts four times, one of the abstract twice, since search() ranks them so. Numbers that
    lengths does not hold are of papers that have changed since, or gone.
    """

    word: pl.UInt64 = pa.Field(description="md5_number_lower of the word, which is as folded_words gives it")
    numbers: Integers = pa.Field(description="Papers that it stands in, see lengths")
    times: Integers = pa.Field(description="How often it stands in each of them, in the same order")


class Lengths(Table):
    """The papers in the index, and how many words each has; a paper that is not here is not indexed."""

    paper_id: str = pa.Field(unique=True, description="Paper, see papers")
    number: pl.Int32 = pa.Field(unique=True, gt=0, description="Its number in postings, given once and never again")
    words: pl.Int32 = pa.Field(ge=0, description="Its words, counted as in postings")


SEARCH_TABLES: dict[str, type[Table]] = {"postings": Postings, "lengths": Lengths}
