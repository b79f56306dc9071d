"""One paper, several sources: the rows of each become the rows of the paper. A pure function, blind to arrival order.

A field comes from the first source of ``ORDER`` that has it, the url from the one that leads; authors, references
and sections as a whole from the first that has any; entities and notices from all of them.
"""

import polars as pl

from schemas.quarantine import Frames

#: Who is believed first: the publisher's XML, then the curated record, then pages made of it.
ORDER = ("jats", "europepmc:fulltext", "europepmc", "europepmc:references", "tomesphere")

_SUMMARY = ("tldr", "contribution", "key_findings")
_RANK = "_rank"


def merge(sources: dict[str, Frames]) -> Frames:
    """Merge the frames of several sources, by source name, into one set of frames.

    Papers that only one source has come through as they are. ``papers.authors`` follows the authors' rows.
    """
    ranked = sorted(sources, key=_rank)
    merged = {
        table: pl.concat([sources[name][table].with_columns(pl.lit(_rank(name)).alias(_RANK)) for name in ranked])
        for table in next(iter(sources.values()))
    }
    columns = [column for column in merged["papers"].columns if column not in ("paper_id", _RANK)]
    papers = merged["papers"].sort(_RANK, maintain_order=True).group_by("paper_id", maintain_order=True)
    merged["papers"] = papers.agg(_field(column) for column in columns).select("paper_id", *columns)
    for table in ("authors", "references", "sections"):
        best = pl.col(_RANK) == pl.col(_RANK).min().over("paper_id")
        merged[table] = merged[table].filter(best).drop(_RANK)
    merged["entities"] = merged["entities"].drop(_RANK)
    return merged


def _field(column: str) -> pl.Expr:
    """How the rows of several sources, best first, become one value."""
    if column == "url":
        return pl.col(column).first()
    if column == "has_full_text":
        return pl.col(column).any()
    if column == "is_retracted":  # only a source that heard of it says so
        return pl.when(pl.col(column).any()).then(True).otherwise(pl.col(column).drop_nulls().first()).alias(column)
    if column == "notices":  # likewise
        heard = pl.col(column).explode().drop_nulls().unique(maintain_order=True)
        return pl.when(heard.len() > 0).then(heard.implode()).alias(column)
    if column == "summary_source":
        return _summary_source()
    return pl.col(column).drop_nulls().first()


def _summary_source() -> pl.Expr:
    """Of each part of the summary where the source that it comes from has it from; in order, each once."""
    column = pl.col("summary_source")
    said = [column.filter(pl.col(part).is_not_null()).drop_nulls().first() for part in _SUMMARY]
    joined = pl.concat_str(said, separator=", ", ignore_nulls=True).str.split(", ")
    found = joined.list.unique(maintain_order=True).list.join(", ")
    return pl.when(found != "").then(found).alias("summary_source")


def _rank(source: str) -> int:
    return ORDER.index(source) if source in ORDER else len(ORDER)
