"""One paper, several sources: the rows of each become the rows of the paper. A pure function, blind to arrival order.

A field comes from the first source that has it, in the order of the configuration (``schemas.sources.PRECEDENCE``
where that says nothing); what says where a row comes from, and the url, from the one that leads; authors, references
and sections as a whole from the first that has any; entities and notices from all. Of two documents of one source the
one whose own id sorts first leads.
"""

from collections.abc import Iterator

import polars as pl

from schemas.config import Merging
from schemas.quarantine import Frames
from schemas.tables import LEADERS, LISTS, MERGED, TABLES, empty, polars_schema

#: Fields that are true as soon as one source says so: only a source that heard of a retraction tells of it.
_ANY = ("has_full_text", "is_retracted")
#: The parts of a summary, which may come from different sources.
_SUMMARY = ("tldr", "contribution", "key_findings")
_WITNESS, _ORDER, _RANK = "_witness", "_order", "_rank"

GAVE = pl.Schema({"source": pl.String(), "own_id": pl.String(), "gave": pl.List(pl.String)})


def merge(sources: dict[str, Frames], merging: Merging) -> tuple[Frames, pl.DataFrame]:
    """Merge the frames of several sources, by source name, into one set of frames.

    sources: each frame has a column ``own_id`` besides those of its table. Returns the frames, and what each source
    gave: columns ``GAVE``, where gave names columns of papers, and tables.
    """
    if not sources:
        return {name: empty(model) for name, model in TABLES.items()}, pl.DataFrame(schema=GAVE)
    heard = {name: _heard(sources, name) for name in TABLES}
    merged = {"papers": _papers(heard["papers"], merging), "entities": heard["entities"]}
    merged |= {name: _best(heard[name], name, merging) for name in LISTS}
    gave = pl.concat(_given(heard, merging)).group_by("source", "own_id").agg(gave=pl.col("field").sort())
    return {name: merged[name].select(list(polars_schema(model))) for name, model in TABLES.items()}, gave


def _heard(sources: dict[str, Frames], table: str) -> pl.DataFrame:
    """The rows of a table from all sources, those of one paper of one source in their order."""
    return pl.concat([sources[name][table].with_columns(pl.lit(name).alias(_WITNESS)) for name in sorted(sources)])


def _ordered(rows: pl.DataFrame, field: str, merging: Merging) -> pl.DataFrame:
    """The rows with a column that says how trusted their source is for a field; one that is in no order comes last."""
    order = {name: place for place, name in enumerate(merging.order_of(field))}
    trust = pl.col(_WITNESS).replace_strict(order, default=len(order), return_dtype=pl.Int32)
    return rows.with_columns(trust.alias(_ORDER))


def _papers(rows: pl.DataFrame, merging: Merging) -> pl.DataFrame:
    columns = [column for column in polars_schema(TABLES["papers"]) if column not in ("paper_id", "summary_source")]
    by_order: dict[tuple[str, ...], list[str]] = {}
    for column in columns:
        by_order.setdefault(tuple(merging.order_of(column)), []).append(column)
    parts = [
        _ordered(rows, same[0], merging)
        .sort(_ORDER, "own_id", maintain_order=True)
        .group_by("paper_id", maintain_order=True)
        .agg(_value(column) for column in same)
        .sort("paper_id")
        for same in by_order.values()
    ]
    papers = pl.concat([parts[0], *(part.drop("paper_id") for part in parts[1:])], how="horizontal")
    return papers.join(_summary_source(rows, merging), on="paper_id", how="left", maintain_order="left")


def _summary_source(rows: pl.DataFrame, merging: Merging) -> pl.DataFrame:
    """Where each part of a summary is from, as the source says that gave it; in the order of the parts, each once."""
    said = [
        _best(rows.filter(pl.col(part).is_not_null()), part, merging).select("paper_id", _origin(place))
        for place, part in enumerate(_SUMMARY)
    ]
    found = pl.concat(said).drop_nulls().group_by("paper_id", maintain_order=True)
    return found.agg(pl.col("summary_source").unique(maintain_order=True).str.join(", "))


def _origin(place: int) -> pl.Expr:
    """Of what one source says of its whole summary, what is about one part: it names one for all, or one for each."""
    names = pl.col("summary_source").str.split(", ")
    before = pl.sum_horizontal(pl.lit(0), *(pl.col(part).is_not_null() for part in _SUMMARY[:place]))
    return names.list.get(pl.min_horizontal(before, names.list.len() - 1)).alias("summary_source")


def _value(column: str) -> pl.Expr:
    """One value out of those of several sources, the most trusted first."""
    if column in LEADERS:
        return pl.col(column).first()
    if column == "notices":  # as with a retraction: only a source that heard of one says so
        heard = pl.col(column).explode().drop_nulls().unique(maintain_order=True)
        return pl.when(heard.len() > 0).then(heard.implode()).alias(column)
    first = pl.col(column).drop_nulls().first()
    return pl.when(pl.col(column).any()).then(True).otherwise(first).alias(column) if column in _ANY else first


def _best(rows: pl.DataFrame, field: str, merging: Merging) -> pl.DataFrame:
    """The rows of the most trusted source of each paper that has any."""
    ranked = _ordered(rows, field, merging).with_columns(pl.struct(_ORDER, "own_id").rank("dense").alias(_RANK))
    return ranked.filter(pl.col(_RANK) == pl.col(_RANK).min().over("paper_id"))


def _given(heard: Frames, merging: Merging) -> Iterator[pl.DataFrame]:
    """Which witness gave what, of all papers: frames of source, own_id and field."""

    def of(rows: pl.DataFrame, field: str) -> pl.DataFrame:
        return rows.select(source=_WITNESS, own_id="own_id", field=pl.lit(field)).unique()

    for field in MERGED:
        rows = heard[field] if field in LISTS else heard["papers"]
        if field not in LISTS:
            rows = rows.filter(pl.col(field) if field in _ANY else pl.col(field).is_not_null())
        yield of(_best(rows, field, merging), field)
    yield of(heard["entities"], "entities")
