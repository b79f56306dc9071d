"""The content behind the loopback services; tests fill it, change it, and see what comes of it.

    library = Library()
    library.add("101", title="On water.", pmcid="PMC101", open_access=True, jats=article("PMC101", "On water"))
    library.change("MED:101", updated="2024-06-02", title="On water and ice.")
    library.retract("MED:101", updated="2024-06-03")
    library.annotate("MED:101", annotation("water", "Chemicals", uri=...))
    Library.from_corpus(folder), Library.synthetic(50_000, seed=1)

Whatever changes is answered at once; a search cursor that is under way meets it as in truth.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self
from zlib import crc32

from tests.apis import corpus, records, synthetic
from tests.apis.paper import Entity, Paper, Record

KINDS = ("jats", "entities", "annotations", "documents", "references", "citations", "page")


class Library:
    """Papers by id. ``version`` counts all changes."""

    def __init__(self, papers: Iterable[Paper] = ()) -> None:
        self.version = 0
        self.lock = threading.RLock()
        self._papers: dict[str, Paper] = {}
        self._by_pmid: dict[str, Paper] = {}
        self._by_pmcid: dict[str, Paper] = {}
        self._serial = 0
        for paper in papers:
            self.put(paper)

    @classmethod
    def from_corpus(cls, folder: Path, first: str = "2024-01-01", last: str = "2025-12-31") -> Self:
        """All JATS articles (.xml, .nxml), Europe PMC records (.json) and pages (.md) below a folder; see ``corpus``.

        first, last: the days between which the update dates are spread, by the ids alone.
        """
        return cls(corpus.read(folder, date.fromisoformat(first), date.fromisoformat(last)))

    @classmethod
    def synthetic(
        cls, count: int, seed: int = 0, first: str = "2024-01-01", last: str = "2025-12-31", *, full_text: bool = False
    ) -> Self:
        """So many papers, whose texts are made when they are asked for; with ``full_text`` a third is open access."""
        return cls(synthetic.papers(count, seed, date.fromisoformat(first), date.fromisoformat(last), full_text))

    def put(self, paper: Paper) -> Paper:
        """Take in a paper, in the place of an earlier one with this source and id."""
        with self.lock:
            self._serial += 1
            paper.serial = self._serial
            self._papers[str(paper)] = paper
            if paper.pmid:
                self._by_pmid[paper.pmid] = paper
            if paper.pmcid:
                self._by_pmcid[paper.pmcid] = paper
            self.version += 1
            return paper

    def add(self, id: str, source: str = "MED", *, updated: str | date = "2024-06-01", **fields: Any) -> Paper:
        """A new paper: the fields of ``records.core`` or any key of a core record, and the ``KINDS`` of a ``Paper``."""
        own = {name: fields.pop(name) for name in KINDS if name in fields}
        return self.put(Paper.of(records.core(id, source, **fields), _day(updated), **own))

    def change(self, key: str, updated: str | date | None = None, **fields: Any) -> Paper:
        """New values for keys of its core record (None: gone) or for the ``KINDS`` of a ``Paper``.

        updated: its new UPDATE_DATE; without it nobody can know. Its place in the order of results changes too, so
        that a walk under way may meet it again, or not at all.
        """
        with self.lock:
            paper = self[key]
            for name in KINDS:
                if name in fields:
                    setattr(paper, name, fields.pop(name))
            paper.changes = {**paper.changes, **fields}
            paper.is_open = paper.record.get("isOpenAccess") == "Y"
            paper.updated = _day(updated) if updated else paper.updated
            paper.version += 1
            self.version += 1
            return paper

    def retract(self, key: str, updated: str | date, notice: str = "99999999") -> Paper:
        """The publication type and the link to the notice that tell of a retraction."""
        return self.change(key, updated, **records.retraction(self[key].record, notice))

    def annotate(self, key: str, *annotations: Record, entities: Sequence[Entity] = ()) -> Paper:
        """Late annotations and entities: they appear, and the record's update date stays as it is."""
        paper = self[key]
        known = [*paper.entities, *entities]
        return self.change(key, annotations=[*paper.annotations, *annotations], entities=known)

    def remove(self, key: str) -> None:
        with self.lock:
            paper = self._papers.pop(str(self[key]))
            self._by_pmid.pop(paper.pmid or "", None)
            self._by_pmcid.pop(paper.pmcid or "", None)
            self.version += 1

    def find(self, source: str, id: str) -> Paper | None:
        """By source and id, a MED record by its PMID and any with full text by ``PMC``, with or without the prefix."""
        if source == "PMC":
            return self._by_pmcid.get("PMC" + id.upper().removeprefix("PMC"))
        return self._papers.get(f"{source}:{id}") or (self._by_pmid.get(id) if source == "MED" else None)

    def __getitem__(self, key: str) -> Paper:
        """By ``MED:1`` or ``PMC1``."""
        paper = self._papers.get(key) or self._by_pmcid.get(key)
        if paper is None:
            raise KeyError(key)
        return paper

    def __iter__(self) -> Iterator[Paper]:
        with self.lock:
            return iter(list(self._papers.values()))

    def __len__(self) -> int:
        return len(self._papers)

    def rank(self, paper: Paper) -> int:
        """What orders results that nobody sorted; it changes with the paper."""
        return crc32(f"{paper}/{paper.version}".encode())


def _day(value: str | date) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def annotation(
    exact: str,
    kind: str,
    uri: str | None = None,
    name: str | None = None,
    section: str = "Abstract (http://purl.org/dc/terms/abstract)",
    **fields: Any,
) -> Record:
    """One of Europe PMC's annotations; without uri it has no tags."""
    return {
        "prefix": "",
        "exact": exact,
        "postfix": "",
        "tags": [{"name": name or exact, "uri": uri}] if uri else [],
        "id": f"http://europepmc.org/article/X/1#europepmc-{crc32(f'{exact}{kind}{section}'.encode()):08x}",
        "type": kind,
        "section": section,
        "provider": "Europe PMC",
        **fields,
    }


def article(pmcid: str, title: str, *paragraphs: str, abstract: str = "An abstract.", doi: str | None = None) -> bytes:
    """A small JATS article; paragraphs are XML and become an introduction and results by turns."""
    doi_id = f'<article-id pub-id-type="doi">{doi}</article-id>' if doi else ""
    heads = ("Introduction", "Results")
    sections = "".join(
        f"<sec><title>{heads[at % 2]}</title><p>{paragraph}</p></sec>" for at, paragraph in enumerate(paragraphs)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<article article-type="research-article" xml:lang="en"><front><journal-meta><journal-title-group>'
        "<journal-title>Journal of samples</journal-title></journal-title-group></journal-meta><article-meta>"
        f'<article-id pub-id-type="pmcid">{pmcid}</article-id>{doi_id}'
        f"<title-group><article-title>{title}</article-title></title-group>"
        '<pub-date pub-type="epub"><day>5</day><month>3</month><year>2024</year></pub-date>'
        f"<abstract><p>{abstract}</p></abstract></article-meta></front><body>{sections}</body></article>"
    ).encode()
