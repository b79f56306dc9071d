"""Unite: what a batch tells of its papers with what other sources told before, as the papers' rows.

Which claims are about the same paper is decided anew each time for all that the batch touches (``tasks.merging``):
a better id, or a claim that goes, may move a paper, or part what was one.
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.config import Merging
from schemas.ops import Rejects
from schemas.quarantine import Frames
from schemas.sources import COUNTED, record_of
from schemas.tables import TABLES, PaperSources, empty, polars_schema
from tasks.batches import landed_again
from tasks.merging.identity import Claim, identify
from tasks.merging.merge import merge
from tasks.parse import parse_landed, read_parsed
from tasks.validate import validate_parsed
from warehouse.identity import related_claims
from warehouse.landing import Landed
from warehouse.layout import Layout
from warehouse.load import Connection, stored_documents

_CLAIM = ["source", "own_id"]


@dataclass
class United:
    """The papers that a batch touches.

    tables: all their rows. paper_sources: all claims about them, ``told_as`` being the key that the claim's own ids
    give. touched: their keys, and the keys that they had before. rejects: of documents that landed earlier, and whose
    papers are refused now that they are parsed again.
    """

    tables: Frames
    paper_sources: pl.DataFrame
    touched: set[str]
    rejects: pl.DataFrame

    def undescribed(self) -> set[str]:
        """Papers of which something is told, but which no source describes."""
        return set(self.paper_sources["paper_id"]) - set(self.tables["papers"]["paper_id"])

    def leave_out(self, papers: set[str]) -> None:
        """Write no rows of these papers."""
        wanted = ~pl.col("paper_id").is_in(list(papers))
        self.tables = {name: rows.filter(wanted) for name, rows in self.tables.items()}
        self.paper_sources = self.paper_sources.filter(wanted)


def unite(
    con: Connection,
    layout: Layout,
    witnesses: Mapping[str, Frames],
    documents: Iterable[Landed],
    merging: Merging,
    withdrawn: pl.DataFrame | None = None,
    again: Iterable[str] = (),
) -> United:
    """Unite a batch with what is known.

    witnesses: what each source tells, with ``paper_sources``. documents: those it was read from. withdrawn: claims that
    are taken back, as rows of paper_sources. again: papers that are merged again though nothing new is told of them.
    """
    told = pl.concat([empty(PaperSources), *(frames["paper_sources"] for frames in witnesses.values())])
    gone = empty(PaperSources) if withdrawn is None else withdrawn
    related = related_claims(con, pl.concat([told, gone]), again)
    others = related.join(pl.concat([told, gone]), on=_CLAIM, how="anti", maintain_order="left")
    replaced = related.join(others, on=_CLAIM, how="anti")
    keys = _keys(pl.concat([told, others]))
    told, others = (claims.join(keys, on=_CLAIM, maintain_order="left") for claims in (told, others))
    moved = others.filter(pl.col("key") != pl.col("paper_id"))
    touched = {*told["key"], *moved["key"], *moved["paper_id"], *replaced["paper_id"], *again}
    concerned = others.filter(pl.col("key").is_in(list(touched)))
    heard = {source: _renamed(frames, told.filter(source=source)) for source, frames in witnesses.items()}
    again_heard, rejects = _heard_again(con, layout, concerned, told, documents)
    for source, frames in again_heard.items():
        earlier = heard.get(source)
        heard[source] = frames if earlier is None else {t: pl.concat([earlier[t], frames[t]]) for t in frames}
    tables, gave = merge(heard, merging)
    claims = pl.concat([told, concerned]).rename({"paper_id": "told_as", "key": "paper_id"}).drop("gave")
    claims = claims.join(gave, on=_CLAIM, how="left", maintain_order="left")
    return United(tables, claims.select(*polars_schema(PaperSources), "told_as"), touched, rejects)


def _keys(claims: pl.DataFrame) -> pl.DataFrame:
    """The paper of each claim: source, own_id, key."""
    names = ("source", "own_id", "pmcid", "pmid", "doi")
    found = identify(Claim(*row) for row in claims.select(names).iter_rows())
    rows = [(*witness, key) for witness, key in found.items()]
    return pl.DataFrame(rows, schema=dict.fromkeys([*_CLAIM, "key"], pl.String), orient="row")


def _renamed(frames: Frames, claims: pl.DataFrame) -> Frames:
    """The rows of a source under the final keys of their papers, with ``own_id``; rows of no claim are left out."""
    names = claims.select("paper_id", "own_id", "key")
    return {
        table: frames[table]
        .join(names, on="paper_id", maintain_order="left")
        .drop("paper_id")
        .rename({"key": "paper_id"})
        .select(*polars_schema(TABLES[table]), "own_id")
        for table in TABLES
    }


def _heard_again(
    con: Connection, layout: Layout, concerned: pl.DataFrame, told: pl.DataFrame, documents: Iterable[Landed]
) -> tuple[dict[str, Frames], pl.DataFrame]:
    """The rows of claims that were told before, parsed again from landing, under the final keys of their papers.

    What belongs to a record is read together with it, since its document alone may not say whose it is. Returns the
    rows by source, and the rejects of documents that a parser of this version refuses.
    """
    if concerned.is_empty():
        return {}, empty(Rejects)
    records = {(record_of(source), own_id) for source, own_id in concerned.select(_CLAIM).iter_rows()}
    known = pl.concat([concerned, told])
    wanted = {
        document
        for source, own_id, document in known.select(*_CLAIM, "document_id").iter_rows()
        if (source, own_id) in records
    } | set(concerned["document_id"])
    batch = landed_again(layout, "others", _in_order([*stored_documents(con, wanted), *_rows(documents, wanted)]))
    valid = validate_parsed(parse_landed(layout, batch))
    again, rejects = read_parsed(valid.folder)
    shutil.rmtree(valid.folder.parent)
    batch.journal.unlink()
    claims = concerned.select(*_CLAIM, "document_id", "key")
    heard = {}
    for source, frames in again.items():
        mine = frames["paper_sources"].join(claims, on=[*_CLAIM, "document_id"], maintain_order="left")
        if not mine.is_empty():
            heard[source] = _renamed(frames, mine)
            claims = claims.join(mine, on=_CLAIM, how="anti")
    return heard, rejects.filter(pl.col("document_id").is_in(claims["document_id"].to_list()))


def _rows(documents: Iterable[Landed], wanted: set[str]) -> list[dict[str, Any]]:
    """Documents of the batch itself as rows of ops.documents."""
    return [document.row() for document in documents if document.document_id in wanted]


def _in_order(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each document once, records before what belongs to them."""
    once = {document["document_id"]: document for document in documents}
    return sorted(once.values(), key=lambda row: (row["source"] not in COUNTED, row["source"], row["document_id"]))
