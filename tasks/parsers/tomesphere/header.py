"""What stands above and below the sections of a page: authors, provenance, the line that names its source."""

import re
from collections.abc import Iterable
from datetime import date
from urllib.parse import unquote

from schemas.identifiers import PMCID, normalise_doi, normalise_pmcid, normalise_pmid
from tasks.parsers.rows import Row
from tasks.parsers.tomesphere import authors, identifiers
from tasks.parsers.tomesphere.markdown import Block

_LABELLED = re.compile(
    r"(?P<label>authors?|doi|pmid|pmcid|pmc|journal|published|publication date|date|publisher|issn"
    r"|keywords?|licen[cs]e|source|url)\s*:\s*(?P<value>.*)",
    re.IGNORECASE,
)
_COLUMNS = {"publisher": "publisher", "journal": "journal", "license": "license", "licence": "license"}
_PARTS = re.compile(r"\s+[·•∙|]\s+")
_ORIGINS = {
    "pmc": "pmcid",
    "pubmed central": "pmcid",
    "europe pmc": "",
    "pubmed": "pmid",
    "medline": "pmid",
    "doi": "",
}
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "na", "none", "null", "unknown", "not available"})
_NO_NAMES = re.compile(r"(?:not|none|no authors?|unknown)\b", re.IGNORECASE)
_ID = re.compile(r"PMC\d+|PMID[:_ ]?\d+|(?:doi:\s?)?10\.\d{4,9}/\S+", re.IGNORECASE)
_PATH = re.compile(r"^[a-z]+://[^/]*|[?#].*$", re.IGNORECASE)
_LICENCE = re.compile(r"CC[ -]?(?:0|BY)\b.*", re.IGNORECASE)

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})(?:[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2})(?:T.*)?)?)?",
        rf"(?P<year>\d{{4}})[ -]{_MONTH}(?:[ -](?P<day>\d{{1,2}}))?",
        rf"(?:(?P<day>\d{{1,2}})[ -])?{_MONTH},?[ -](?P<year>\d{{4}})",
        rf"{_MONTH} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})",
    )
]


class Header:
    """Takes the fields of a page's head and foot into the row of the paper; what it cannot place is left over."""

    def __init__(self) -> None:
        self.paper: Row = {}
        self.authors: list[Row] = []
        self.left_over: list[str] = []
        self.found_any = False
        self._origin = ""

    def read(self, blocks: Iterable[Block]) -> None:
        """Every line is a field or a row of parts: a page may lack the empty lines between them."""
        for block in blocks:
            names: list[str] = []
            for line in block.lines:
                labelled = _LABELLED.fullmatch(line)
                if labelled and labelled["label"].lower().startswith("author"):
                    names.append(labelled["value"])
                elif names and not labelled and not _PARTS.search(line) and not line.startswith("PMC"):
                    names.append(line)  # a list of authors may be wrapped
                elif not self._take_line(line, block):
                    self.left_over.append(line)
            if names:
                self._take_authors(" ".join(names), block)

    def identify(self, source_id: str) -> None:
        """The ids that the address or the name of the page says, where no field said them."""
        path = _PATH.sub("", unquote(self.paper.get("url", "")))
        name = source_id.rsplit("/", 1)[-1].partition(".")[0]
        own = next((text for text in (source_id, name) if _ID.fullmatch(text)), "")
        for text in (path, own):
            for column, value in identifiers.find(text).items():
                self.paper.setdefault(column, value)
        last = path.rsplit("/", 1)[-1]
        if last.isdecimal() and self._origin:  # https://…/paper/12259643 below `PMC · …`
            normalise = normalise_pmcid if self._origin == "pmcid" else normalise_pmid
            self.paper.setdefault(self._origin, normalise(last))

    def _take_line(self, line: str, block: Block) -> bool:
        """Take a line part by part; False (and nothing taken) where no part of it is known."""
        if labelled := _LABELLED.fullmatch(line):
            label, value = labelled["label"].lower(), labelled["value"]
            if not _PARTS.search(value) or label in ("source", "url", "keywords", "keyword"):
                self._take_field(label, value, block)
                return True
        unknown = [part for part in _PARTS.split(line) if part.strip() and not self._take_part(part.strip(), block)]
        parted = _PARTS.search(line) is not None or line in ("PMC", "PubMed")
        if unknown and "journal" not in self.paper and (parted or _is_short_name(line)):
            self.paper["journal"] = unknown.pop(0)
            self.found_any = self.found_any or parted
        if parted:
            self.left_over.extend(unknown)
        return parted or not unknown

    def _take_part(self, part: str, block: Block) -> bool:
        if labelled := _LABELLED.fullmatch(part):
            self._take_field(labelled["label"].lower(), labelled["value"], block)
        elif part.lower() in _ORIGINS:
            self._origin = self._origin or _ORIGINS[part.lower()]
            for link in block.links:
                if link.text == part:
                    self._take_ids(link.url)
        elif re.fullmatch(PMCID, part.upper()):
            self._take("pmcid", part.upper())
        elif re.match(r"10\.\d{4,9}/|https?://(?:dx\.)?doi\.org/", part):
            self._take("doi", normalise_doi(part))
        elif found := parse_date(part):
            self._take_date(found)
        elif part.lower() == "open access":
            self._take("is_open_access", True)
        elif part.lower() == "retracted":
            self._take("is_retracted", True)
        elif _LICENCE.fullmatch(part):
            self._take("license", part)
        else:
            return False
        return True

    def _take_field(self, label: str, value: str, block: Block) -> None:
        self.found_any = True
        if value.lower() in _NOTHING:
            links = [link.url for link in block.links if link.text.lower() == label]
            if label in ("doi", "pmid", "pmcid", "pmc") and links:
                self._take_ids(*links)
            return
        if label.startswith("author"):
            self._take_authors(value, block)
        elif label in ("source", "url"):
            urls = [link.url for link in block.links if link.url.startswith("http")]
            urls += [word for word in value.split() if word.startswith("http")]
            if urls:
                self._take("url", urls[0])
            else:
                self._take_ids(value)
        elif label == "doi":
            self._take("doi", normalise_doi(value))
        elif label == "pmid":
            self._take("pmid", normalise_pmid(value))
        elif label in ("pmcid", "pmc"):
            self._take("pmcid", normalise_pmcid(value))
        elif label in ("published", "publication date", "date"):
            self._take_date(parse_date(value) or (value, None))
        elif label.startswith("keyword"):
            separator = r";(?:\s|$)" if re.search(r";(?:\s|$)", value) else r"[,·]\s"
            words = (word.strip() for word in re.split(separator, value))
            self._take("keywords", [word for word in words if word])
        elif label == "issn":
            self._take("issn", value.upper())
        else:
            self._take(_COLUMNS[label], value)

    def _take_authors(self, listed: str, block: Block) -> None:
        self.found_any = True
        if listed.lower() not in _NOTHING and not _NO_NAMES.match(listed):
            self.authors.extend(authors.read(listed, block.links))

    def _take_date(self, found: tuple[date, str] | tuple[str, None]) -> None:
        if "published" not in self.paper:
            self._take("published", found[0])
            self._take("published_precision", found[1])

    def _take_ids(self, *texts: str) -> None:
        for column, value in identifiers.find(*texts).items():
            self._take(column, value)

    def _take(self, column: str, value: object) -> None:
        self.found_any = True
        self.paper.setdefault(column, value)


def parse_date(text: str) -> tuple[date, str] | tuple[str, None] | None:
    """``2025-07-01``, ``2025-07``, ``2025``, ``Jul 2025``, ``1 July 2025`` as a date and how much of it is known.

    A part that is 0 is not known. A day that does not exist stays text, for validation to see; None is no date.
    """
    text = text.strip()
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    if not found:
        return None
    parts = found.groupdict()
    month, day = parts.get("month") or "0", int(parts.get("day") or 0)
    number = int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1
    try:
        published = date(int(parts["year"]), number or 1, day if number and day else 1)
    except ValueError:
        return text, None
    return published, "day" if number and day else "month" if number else "year"


def _is_short_name(line: str) -> bool:
    """Whether a line alone may be the name of a journal: short, no sentence, no field of some other kind."""
    return len(line) <= 120 and not line.endswith((".", "!", "?")) and not re.search(r":|@|https?/", line)
