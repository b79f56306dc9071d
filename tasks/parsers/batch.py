"""Parse the landed documents of a batch into Arrow files, one a source and table. Runs in a process of its own.

A batch may hold several documents that tell of one paper: its record, its full text, its annotations. Each source is
a witness of its own; the load hears all of them.

Nothing here imports Prefect, pandera or DuckDB: the types of the tables come with the call, so that a parsing
process starts in a fraction of a second.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from schemas.errors import PaperhouseError
from schemas.identifiers import paper_id, well_formed
from schemas.sources import COUNTED, FILES, source_of
from tasks.parsers import annotations, europepmc, jats, pubtator, tomesphere
from tasks.parsers.rows import PaperRows, ParseError, Row
from warehouse.landing import Landed, Landing

PARSERS: dict[str, Callable[[BinaryIO, str], Iterator[PaperRows | ParseError]]] = {
    "jats": jats.parse,
    "tomesphere-page": tomesphere.parse,
    "europepmc-search": europepmc.parse,
    "europepmc-references": europepmc.parse_references,
    "annotations": annotations.parse,
    "pubtator": pubtator.parse,
}

CHILDREN = ("authors", "entities", "references", "sections")
_NUMBERED = ("authors", "references", "sections")
_SOURCED = ("entities", "references")
#: How Arrow refuses a value: too large, of another type, or text that is not Unicode (a lone surrogate).
_UNFIT = (pa.ArrowException, OverflowError, TypeError, ValueError)


@dataclass(slots=True)
class Outcome:
    """What became of a document, in papers. A paper counts for the first document of the batch that tells of it."""

    papers: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass(slots=True)
class Witness:
    """What one source says of one paper: the document and its content's hash, and the rows by table."""

    document: Landed
    content_hash: str
    rows: dict[str, list[Row]]


@dataclass
class Batch:
    """The witnesses of a batch while they are gathered, by source and paper."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    witnesses: dict[str, dict[str, Witness]] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)
    twins: dict[str, list[str]] = field(default_factory=dict)
    rejects: list[Row] = field(default_factory=list)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _known_as: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, document: Landed, paper: PaperRows) -> None:
        """Take in what a document says of a paper."""
        key, own_id = self._names(document, paper)
        of_source = self.witnesses.setdefault(document.source, {})
        content_hash = paper.content_hash or document.sha256 or ""
        earlier = of_source.get(key)
        if earlier and earlier.content_hash == content_hash:
            if not paper.partial:
                self.outcomes[document.document_id].unchanged += 1
                self.twins.setdefault(key, []).append(document.document_id)
            return
        if earlier and document.source in FILES:
            reason = duplicate_of(key, earlier.document.url)
            self.reject(document, reason, "papers", "paper_id", paper.paper | {"paper_id": key})
            return
        of_source[key] = Witness(document, content_hash, self._rows(document, paper, key, own_id, content_hash))
        if key not in self.leads:
            self.leads[key] = document.document_id
            self.outcomes[document.document_id].papers += 1

    def _names(self, document: Landed, paper: PaperRows) -> tuple[str, str]:
        """The key that a paper's own ids give, and the source's own name for it.

        What belongs to a record has the record's, which it finds by any id that the batch knows it by.
        """
        ids = well_formed(paper.paper)
        source, source_id = source_of(document.source), paper.source_id or document.source_id
        aliases = [f"{scheme}:{value}" for scheme, value in ids.items()] + [f"{source}:{source_id}"]
        if document.source not in COUNTED:
            for alias in aliases:
                if alias in self._known_as:
                    return self._known_as[alias]
        key = paper_id(ids.get("pmcid"), ids.get("pmid"), ids.get("doi"), source, source_id)
        names = key, paper.source_id or (key if ids else source_id)
        for alias in aliases:
            self._known_as.setdefault(alias, names)
        return names

    def _rows(
        self, document: Landed, paper: PaperRows, key: str, own_id: str, content_hash: str
    ) -> dict[str, list[Row]]:
        source = source_of(document.source)
        lineage = {"run_id": document.run_id, "content_hash": content_hash}
        claimed = well_formed(paper.paper) if document.source in COUNTED else {}
        told = {"paper_id": key, "source": document.source, "own_id": own_id, "document_id": document.document_id}
        rows: dict[str, list[Row]] = {"paper_sources": [told | lineage | claimed], "papers": []}
        if not paper.partial:
            url = document.url if document.url.startswith("http") else None
            stamps = {"fetched_at": datetime.fromisoformat(document.fetched_at), "updated_at": self.now}
            own = {"url": url, "has_full_text": bool(paper.sections)} | paper.paper
            rows["papers"] = [own | lineage | stamps | {"paper_id": key, "source": source}]
        for table in CHILDREN:
            rows[table] = getattr(paper, table)
            for position, row in enumerate(rows[table], start=1):
                row["paper_id"] = key
                if table in _NUMBERED:
                    row["position"] = position
                if table in _SOURCED:
                    row["source"] = source
        return rows

    def reject(
        self,
        document: Landed,
        error: ParseError,
        table: str = "documents",
        column: str | None = None,
        row: Row | None = None,
    ) -> None:
        """Set aside a paper, or a document that gave none."""
        self.outcomes[document.document_id].rejected += document.source in COUNTED
        self.rejects.append(_reject(document, error, table, column, row, self.now))


def duplicate_of(key: str, url: str) -> ParseError:
    """The reason for setting aside a second, different document of a paper within one run."""
    return ParseError("unique", f"{key} was given by {url} already, with other content; remove one of the two")


@dataclass(frozen=True, slots=True)
class Result:
    """What parsing a batch gave besides its files.

    outcomes: by document_id. leads: the document that a paper counts for, by paper_id. twins: the documents that gave
    the very same, and count it as unchanged.
    """

    outcomes: dict[str, Outcome]
    leads: dict[str, str]
    twins: dict[str, list[str]] = field(default_factory=dict)

    def copied(self) -> "Result":
        """One whose outcomes may be changed."""
        return Result({key: replace(outcome) for key, outcome in self.outcomes.items()}, self.leads, self.twins)

    def set_aside(self, paper_id: str, documents: dict[str, Landed]) -> list[Row]:
        """Count a paper, and what is the same as it, as rejected. Returns the rejects of the latter.

        documents: of the batch, by document_id.
        """
        lead = self.leads[paper_id]
        self.outcomes[lead].papers -= 1
        self.outcomes[lead].rejected += 1
        reason = ParseError("set_aside", f"{paper_id} is the same as in {documents[lead].url}, which was set aside")
        for twin in self.twins.get(paper_id, []):
            self.outcomes[twin].unchanged -= 1
            self.outcomes[twin].rejected += 1
        now = datetime.now(UTC)
        return [_reject(documents[twin], reason, "documents", None, None, now) for twin in self.twins.get(paper_id, [])]


def parse_batch(landing: Path, journal: Path, out: Path, types: dict[str, pa.Schema]) -> Result:
    """Parse the documents of a journal; write ``out/<source>/<table>.arrow`` and ``out/rejects.arrow``.

    types: Arrow schemas of the five tables, ``paper_sources`` and ``rejects``.
    """
    store = Landing(landing)
    batch = Batch()
    for document in store.read_journal(journal):
        batch.outcomes[document.document_id] = Outcome()
        _parse_document(store, document, batch)
    for source, of_source in batch.witnesses.items():
        for table in ("paper_sources", "papers", *CHILDREN):
            owned = [(witness.document, row) for witness in of_source.values() for row in witness.rows[table]]
            _write(out / source / f"{table}.arrow", _arrow(batch, table, types[table], owned))
    rejects = [row | {"value": _unicode(row["value"]), "row": _unicode(row["row"])} for row in batch.rejects]
    _write(out / "rejects.arrow", pa.Table.from_pylist(rejects, types["rejects"]))
    return Result(batch.outcomes, batch.leads, batch.twins)


def _parse_document(store: Landing, document: Landed, batch: Batch) -> None:
    if document.sha256 is None:
        batch.reject(document, ParseError(document.check or "readable", document.message or ""))
        return
    gave_something = False
    try:
        with store.open(document.sha256) as body:
            for paper in PARSERS[document.kind](body, document.source_id):
                gave_something = True
                if isinstance(paper, ParseError):
                    batch.reject(document, paper)
                else:
                    batch.add(document, paper)
    except ParseError as error:
        batch.reject(document, error)
    except PaperhouseError:
        raise
    except Exception as error:  # a fault of ours must not cost the neighbours
        reason = f"the parser failed on it, please report it: {type(error).__name__}: {error}"
        batch.reject(document, ParseError("parser", reason[:1000]))
    else:
        if not gave_something and document.source in FILES:
            batch.reject(document, ParseError("not_empty", "the document holds no article"))


def _reject(
    document: Landed, error: ParseError, table: str, column: str | None, row: Row | None, now: datetime
) -> dict[str, Any]:
    return {
        "run_id": document.run_id,
        "document_id": document.document_id,
        "source": document.source,
        "source_id": document.source_id,
        "table_name": table,
        "column_name": column,
        "check": error.check,
        "value": error.message,
        "row": None if row is None else json.dumps(row, default=str, ensure_ascii=False),
        "rejected_at": now,
    }


def _write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _arrow(batch: Batch, table: str, types: pa.Schema, owned: list[tuple[Landed, Row]]) -> pa.Table:
    """The rows of a table as Arrow columns; a value that its column's type cannot hold is set aside."""
    try:
        columns = pa.array([row for _, row in owned], pa.struct(list(types))).flatten()
    except _UNFIT:
        columns = [_column(batch, table, field, owned) for field in types]
    return pa.table(columns, schema=types)


def _column(batch: Batch, table: str, field: pa.Field, owned: list[tuple[Landed, Row]]) -> pa.Array:
    try:
        return pa.array([row.get(field.name) for _, row in owned], field.type)
    except _UNFIT:
        return pa.array([_fitting(batch, table, field, document, row) for document, row in owned], field.type)


def _fitting(batch: Batch, table: str, field: pa.Field, document: Landed, row: Row) -> Any:
    value = row.get(field.name)
    try:
        pa.array([value], field.type)
    except _UNFIT as error:
        reason = ParseError("type", f"{str(value)[:100]!r}: {error}")
        batch.rejects.append(_reject(document, reason, table, field.name, row, batch.now))
        return None
    return value


def _unicode(text: str | None) -> str | None:
    """Text that Arrow can hold: a lone surrogate is written as its escape."""
    return text if text is None else text.encode(errors="backslashreplace").decode()
