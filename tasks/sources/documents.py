"""What a source yields: a raw document, or a document that could not be had and why."""

from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One document as it came, to be landed before anything looks into it.

    source: name of the source, as ``jats`` or ``tomesphere``.
    source_id: the document's id there: a PMCID that was asked for, or the path of a file or member.
    kind: which parser reads it: ``jats`` or ``tomesphere-page``.
    url: its address: ``https://...``, ``file:///...``, or ``file:///archive.tar.xz#member`` within an archive.
    body: its bytes, uncompressed, to be read once and before the next document is asked for. Reading it raises
        DocumentUnreadable where this document cannot be read to its end, and BrokenArchive (schemas.errors) where
        the archive around it cannot: it never just ends early.
    papers: how many papers it tells of, where the source knows: a page of records tells of many.
    opens: whether a batch may begin with it; one that belongs to the document before it stays in that one's batch.
    """

    source: str
    source_id: str
    kind: str
    url: str
    body: BinaryIO
    opens: bool = True
    papers: int = 1


@dataclass(frozen=True, slots=True)
class Unfetched:
    """A document that exists for the user but could not be had: it is quarantined with the reason.

    check: short name of the reason: ``readable``, ``found``, ``answer``, ``size``.
    message: one line: what is wrong and what to do.
    """

    source: str
    source_id: str
    kind: str
    url: str
    check: str
    message: str


Document = RawDocument | Unfetched


class DocumentUnreadable(Exception):
    """Raised while a document's body is read, where the rest of it cannot be had; the neighbours go on.

    check, message: as in Unfetched, which the landing makes of it.
    """

    def __init__(self, check: str, message: str) -> None:
        super().__init__(message)
        self.check = check
        self.message = message
