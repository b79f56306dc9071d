"""Any number of papers that cost memory only while they are asked for."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from tests.apis import records
from tests.apis.paper import Paper, Record
from tests.apis.words import VOCABULARY

_WORDS = tuple(entity.words for entity in VOCABULARY)
_PLAIN = ("growth", "of", "the", "in", "a", "with", "response", "effect", "under", "model", "analysis", "new", "change")


def papers(count: int, seed: int, first: date, last: date, full_text: bool = False) -> Iterator[Paper]:
    """Mostly PubMed records, some with a PMCID, some preprints; their ids depend on the number alone."""
    days = (last - first).days + 1
    for number in range(count):
        source, id, pmcid = "MED", str(40_000_000 + number), None
        if number % 20 == 7:
            source, id = "PPR", f"PPR{1_000_000 + number}"
        elif number % 3 == 0:
            pmcid = f"PMC{90_000_000 + number}"
        is_open = pmcid is not None and full_text
        make = partial(_record, number, seed, source, id, pmcid, is_open)
        updated = first + timedelta(days=(number * 7919 + seed) % days)
        jats = _article(number, seed, pmcid) if is_open and pmcid else None
        pmid = id if source == "MED" else None
        yield Paper(source, id, updated, make, pmid, pmcid, is_open, jats, VOCABULARY)


def _record(number: int, seed: int, source: str, id: str, pmcid: str | None, is_open: bool) -> Record:
    chance = Random(seed * 1_000_003 + number)
    fields: dict[str, Any] = {"license": "cc by"} if is_open else {}
    return records.core(
        id,
        source,
        title=_sentence(chance, 8),
        abstract=" ".join(_sentence(chance, 15) for _ in range(8)),
        pmcid=pmcid,
        doi=f"10.5555/made.{number}",
        authors=("Doe J", "Roe R", f"Poe {chance.choice('ABCDEFGH')}"),
        published=f"{2018 + number % 7}-{1 + number % 12:02}-{1 + number % 28:02}",
        open_access=is_open,
        keywords=tuple(chance.sample(_WORDS, 2)),
        cited=number % 50,
        **fields,
    )


def _sentence(chance: Random, length: int) -> str:
    words = [chance.choice(_PLAIN) for _ in range(length - 2)] + [chance.choice(_WORDS) for _ in range(2)]
    return " ".join(words).capitalize() + "."


def _article(number: int, seed: int, pmcid: str) -> bytes:
    chance = Random(seed * 1_000_003 + number + 500_000)
    body = "".join(f"<sec><title>Results</title><p>{_sentence(chance, 30)}</p></sec>" for _ in range(3))
    return (
        '<article article-type="research-article"><front><article-meta>'
        f'<article-id pub-id-type="pmcid">{pmcid}</article-id>'
        f"<title-group><article-title>Paper {number}</article-title></title-group>"
        '<pub-date pub-type="epub"><year>2024</year></pub-date></article-meta></front>'
        f"<body>{body}</body></article>"
    ).encode()
