"""A folder of articles and records as papers.

A record and an article belong together by their PMCID, else by their DOI. An article without a record gets one made
of its front matter; where it has no PMCID one is made up (PMC9 and seven digits), since the service has no full text
without one, and without a PMID it is a PMC-only record. Its update date is spread over the given days by its id.
References are made up among the papers at hand. Some records without an article are made up as well: known to PubMed
only, to PMC only, preprints (one withdrawn), and one retracted. All of it is the same in every run.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from zlib import crc32

from lxml import etree

from tests.apis import records
from tests.apis.paper import Paper, Record
from tests.apis.texts import parse, plain_text
from tests.apis.words import VOCABULARY


def read(folder: Path, first: date, last: date) -> Iterator[Paper]:
    """The papers of a folder, in the order of its files."""
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    known = _records(folder)
    pages = {path.stem: path for path in sorted(folder.rglob("*.md"))}
    found: dict[str, tuple[Record, Path | None]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".xml", ".nxml")):
        root = parse(path.read_bytes())
        if root is None:
            continue
        made = _derived(root, path.stem)
        record = known.get(made["pmcid"]) or known.get(made.get("doi", "")) or made
        found.setdefault(f"{record['source']}:{record['id']}", (record, path))
    for record in known.values():
        found.setdefault(f"{record['source']}:{record['id']}", (record, None))
    for record in _made_up():
        found.setdefault(f"{record['source']}:{record['id']}", (record, None))
    days = (last - first).days + 1
    everything = [record for record, _ in found.values()]
    for at, (key, (record, jats)) in enumerate(found.items()):
        page = pages.get(record.get("pmcid", ""))
        yield Paper.of(
            record,
            first + timedelta(days=crc32(key.encode()) % days),
            jats=jats,
            entities=VOCABULARY,
            references=partial(_references, everything, at),
            citations=partial(_citations, everything, at),
            page=page.read_bytes() if page else None,
        )


def _records(folder: Path) -> dict[str, Record]:
    """By PMCID, DOI and id."""
    known: dict[str, Record] = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            record = records.flat(json.loads(path.read_bytes()))
        except ValueError:
            continue
        if record:
            for name in ("pmcid", "doi", "id"):
                known.setdefault(str(record.get(name, record["id"])), record)
    return known


def _derived(root: etree._Element, stem: str) -> Record:
    """A record made of an article's front matter."""
    meta = root.find("{*}front/{*}article-meta")
    meta = root if meta is None else meta
    ids = {each.get("pub-id-type", ""): plain_text(each) for each in meta.iterfind("{*}article-id")}
    pmc = ids.get("pmcid") or ids.get("pmc")
    doi = ids.get("doi")
    made_up = f"PMC9{crc32((doi or stem).encode()) % 10**7:07}"
    pmcid = "PMC" + pmc.upper().removeprefix("PMC") if pmc else made_up
    pmid = ids.get("pmid") or None
    authors = []
    for contributor in meta.iterfind("{*}contrib-group/{*}contrib"):
        surname = plain_text(contributor.find(".//{*}surname"))
        given = plain_text(contributor.find(".//{*}given-names"))
        if surname and contributor.get("contrib-type", "author") == "author":
            authors.append(f"{surname} {''.join(part[0] for part in given.split())}".strip())
    terms = " ".join(str(value) for each in meta.iter("{*}license") for value in (*each.values(), plain_text(each)))
    kind = root.get("article-type", "research-article")
    return records.core(
        pmid or pmcid,
        "MED" if pmid else "PMC",
        pmid=pmid,
        pmcid=pmcid,
        doi=doi,
        title=plain_text(meta.find(".//{*}article-title")) or stem,
        abstract=plain_text(meta.find("{*}abstract")) or None,
        authors=tuple(authors),
        published=_published(meta),
        journal=plain_text(root.find("{*}front/{*}journal-meta//{*}journal-title")) or "Journal",
        open_access=True,
        license="cc0" if "zero/" in terms or "CC0" in terms else "cc by",
        keywords=tuple(filter(None, map(plain_text, meta.iterfind(".//{*}kwd")))),
        types=(kind, "Journal Article"),
        hasReferences="Y",
    )


def _published(meta: etree._Element) -> str:
    """The first publication date that has a year."""
    for element in meta.iterfind("{*}pub-date"):
        parts = [element.findtext(f"{{*}}{name}") or "1" for name in ("year", "month", "day")]
        if len(parts[0]) == 4 and all(part.isdecimal() for part in parts):
            return f"{parts[0]}-{int(parts[1]):02}-{int(parts[2]):02}"
    return "2020-01-01"


def _made_up() -> Iterator[Record]:
    for number in range(6):
        pmid = str(98_000_001 + number)
        record = records.core(
            pmid,
            title=f"Glucose and insulin in mice, part {number + 1}.",
            abstract="<h4>Background</h4>Diabetes in mice and humans. <h4>Results</h4>Glucose fell, insulin rose.",
            doi=f"10.5555/pubmed.{number}",
            mesh=("Mice", "Insulin"),
            cited=number,
            hasReferences="Y",
        )
        yield {**record, **records.retraction(record, "98000099")} if number == 5 else record
    for number in range(3):
        yield records.core(
            f"PMC9800000{number + 1}", "PMC", title=f"Wheat and water, letter {number + 1}.", abstract=None, authors=()
        )
    for number in range(4):
        withdrawn = "WITHDRAWN: " if number == 3 else ""
        yield records.core(
            f"PPR98000{number + 1}",
            "PPR",
            title=f"{withdrawn}Inflammation and p53 in HeLa cells, draft {number + 1}",
            abstract="Cancer cells met <i>Escherichia coli</i>.",
            doi=f"10.5555/preprint.{number}",
        )


def _references(everything: list[Record], at: int) -> list[Record]:
    """Up to 40 other papers; one in five rows matches nothing."""
    if everything[at].get("hasReferences") != "Y":
        return []
    count = crc32(everything[at]["id"].encode()) % 40 + 1
    rows = []
    for order in range(1, count + 1):
        cited = everything[(at + order * 17) % len(everything)]
        rows.append(records.reference(order, None if order % 5 == 0 else cited))
    return rows


def _citations(everything: list[Record], at: int) -> list[Record]:
    count = int(everything[at].get("citedByCount", 0)) % 30
    citing = (everything[(at + order * 13) % len(everything)] for order in range(1, count + 1))
    return [{**records.citation(record), "citedByCount": 0} for record in citing]
