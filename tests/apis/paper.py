"""What the loopback services know about one paper."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Entity:
    """A concept and the words for it; the services find it wherever these words stand in a text, in any case.

    words: as they stand in the text. type: PubTator's (Disease, Gene, ...); None where only Europe PMC has it.
    identifier: PubTator's, as "MESH:D017093", "9606", "6239;252961", "-"; None where PubTator knows none.
    name: the concept's name at PubTator; species have their number, as in truth, where it is not given.
    infons: a whole PubTator infons object instead of the one made of the fields above.
    kind, uri, label: the type, address and name of Europe PMC's annotation; kind None: it annotates nothing.
    """

    words: str
    type: str | None = None
    identifier: str | None = None
    name: str | None = None
    infons: tuple[tuple[str, Any], ...] | None = None
    kind: str | None = None
    uri: str = ""
    label: str | None = None


@dataclass(slots=True)
class Paper:
    """A paper; ``Library`` makes and changes it, the services read it.

    base: its core record as the search service has it, or how to make it. changes: what differs by now; None: gone.
    updated: its UPDATE_DATE. serial: its number in the library. version: counts its changes.
    jats: the article, or the file that holds it. annotations: Europe PMC's beyond those of the entities.
    documents: whole BioC documents for PubTator instead of those made of texts and entities.
    references, citations: as the services have them, or how to make them. page: tomesphere's.
    """

    source: str
    id: str
    updated: date
    base: Record | Callable[[], Record]
    pmid: str | None = None
    pmcid: str | None = None
    is_open: bool = False
    jats: bytes | Path | None = None
    entities: Sequence[Entity] = ()
    annotations: Sequence[Record] = ()
    documents: Sequence[Record] | None = None
    references: Sequence[Record] | Callable[[], Sequence[Record]] = ()
    citations: Sequence[Record] | Callable[[], Sequence[Record]] = ()
    page: bytes | None = None
    changes: Record = field(default_factory=dict)
    serial: int = 0
    version: int = 0

    @classmethod
    def of(cls, record: Record, updated: date, **more: Any) -> "Paper":
        """The paper of a core record."""
        return cls(
            record["source"],
            record["id"],
            updated,
            record,
            record.get("pmid"),
            record.get("pmcid"),
            record.get("isOpenAccess") == "Y",
            **more,
        )

    @property
    def record(self) -> Record:
        """Its core record, as of now."""
        made = self.base() if callable(self.base) else self.base
        if not self.changes:
            return made
        return {name: value for name, value in {**made, **self.changes}.items() if value is not None}

    @property
    def xml(self) -> bytes | None:
        return self.jats.read_bytes() if isinstance(self.jats, Path) else self.jats

    def list_of(self, kind: str) -> Sequence[Record]:
        """Its references or citations."""
        found: Sequence[Record] | Callable[[], Sequence[Record]] = getattr(self, kind)
        return found() if callable(found) else found

    def __str__(self) -> str:
        return f"{self.source}:{self.id}"
