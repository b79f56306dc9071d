"""A paper as extracted against its Europe PMC record, field by field: what counts as the same, and who is right."""

import html
import re
from collections.abc import Callable

from lxml import etree

from measures.extracted import Extracted, Record
from measures.folding import folded, letters
from measures.xml import own_ids


def same_title(ours: Extracted, record: Record, _root: etree._Element) -> bool | None:
    return folded(ours.paper["title"]).strip("[].") == folded(record.get("title")).strip("[].")


def journal_name(text: str | None) -> str:
    """A journal's name without place, subtitle, article and signs: what NLM adds or leaves out."""
    value = html.unescape(text or "").casefold().replace("&", "and")
    value = re.sub(r"\(.*?\)", "", value)
    value = re.split(r"[:;=]|\. |, ", value)[0]
    return re.sub(r"[^a-z0-9]+", "", re.sub(r"^the ", "", value))


def same_journal(ours: Extracted, record: Record, _root: etree._Element) -> bool | None:
    """The same name, or one the abbreviation of the other; a former title counts where the ISSN is the same."""
    journal = record["journalInfo"]["journal"]
    own = journal_name(ours.paper["journal"])
    full = [journal.get("title"), journal.get("ISOAbbreviation"), journal.get("medlineAbbreviation")]
    if own in {journal_name(name) for name in full} - {""}:
        return True
    return ours.paper["issn"] is not None and ours.paper["issn"] in (journal.get("ISSN"), journal.get("ESSN"))


def record_authors(record: Record) -> list[str]:
    listed = record["authorList"]["author"]
    listed = listed if isinstance(listed, list) else [listed]
    return [item.get("lastName") or item.get("collectiveName") or item.get("fullName", "") for item in listed]


def same_authors(ours: Extracted, record: Record, _root: etree._Element) -> bool | None:
    """The same people in the same order; a particle or second surname that one counts as a given name is no matter."""
    theirs = [letters(name) for name in record_authors(record)]
    names = [(letters(row["name"] if row["is_collective"] else row["surname"] or row["name"])) for row in ours.authors]
    if len(names) != len(theirs) or not all(names) or not all(theirs):
        return names == theirs
    return all(a.endswith(b) or b.endswith(a) for a, b in zip(names, theirs, strict=True))


def same_abstract(ours: Extracted, record: Record, root: etree._Element) -> bool | None:
    if not root.xpath("front/article-meta/abstract"):
        return None if ours.paper["abstract"] is None else False
    own, theirs = abstract_pair(ours, record, root)
    return own == theirs


def abstract_pair(ours: Extracted, record: Record, root: etree._Element) -> tuple[str, str]:
    """Both abstracts by their words alone, without the headings of the sections."""
    headings = {folded(title.xpath("string()")) for title in root.xpath("front/article-meta/abstract//title")}
    headings |= {folded(text) for text in re.findall(r"<h4>(.*?)</h4>", record.get("abstractText") or "")}
    theirs = re.sub(r"<h4>.*?</h4>", " ", record.get("abstractText") or "")
    return abstract_words(ours.paper["abstract"], headings), abstract_words(theirs, headings)


def abstract_words(text: str | None, headings: set[str]) -> str:
    value = folded(text)
    for heading in headings:
        value = value.replace(heading + ":", "").replace(heading, "") if heading else value
    return re.sub(r"[^\w<>=%+]", "", value)


def own_dates(root: etree._Element) -> set[str]:
    """The article's own publication dates, each as far as it says it, from the year on."""
    dates: set[str] = set()
    for item in root.xpath("front/article-meta/pub-date"):
        text = ""
        for name in ("year", "month", "day"):
            if value := item.findtext(name):
                text += ("-" if text else "") + value.strip().zfill(2)
                dates.add(text)
    return dates


def same_date(ours: Extracted, record: Record, root: etree._Element) -> bool | None:
    published, precision = ours.paper["published"], ours.paper["published_precision"]
    if published is None:
        return False
    size = {"day": 10, "month": 7, "year": 4}[precision]
    theirs = record.get("electronicPublicationDate")
    if theirs is None:  # only the date, padded: the article's own decides, and nothing is compared
        return None if str(published)[:size] in own_dates(root) else False
    return str(published)[:size] == theirs[:size]


def same_licence(ours: Extracted, record: Record, _root: etree._Element) -> bool | None:
    if not record.get("license"):
        return None
    theirs = record["license"].upper().replace(" ", "-")
    own = re.sub(r"-\d.*", "", ours.paper["license"] or "")
    return own == theirs


def same_id(name: str) -> Callable[[Extracted, Record, etree._Element], bool | None]:
    def compare(ours: Extracted, record: Record, root: etree._Element) -> bool | None:
        own = own_ids(root).get(name)
        if own is None:
            return None
        return own == ours.paper[name] and own == str(record.get(name, own)).lower().replace("pmc", "PMC")

    return compare


FIELDS: dict[str, Callable[[Extracted, Record, etree._Element], bool | None]] = {
    "doi": same_id("doi"),
    "pmcid": same_id("pmcid"),
    "pmid": same_id("pmid"),
    "title": same_title,
    "journal": same_journal,
    "authors": same_authors,
    "abstract": same_abstract,
    "published": same_date,
    "license": same_licence,
}


def shown(ours: Extracted, record: Record, name: str, root: etree._Element) -> tuple[str, str]:
    """Both values of a field, for a reader; long ones from where they part, an abstract as it was compared."""
    if name == "abstract" and ours.paper["abstract"] and record.get("abstractText"):
        return parted(*abstract_pair(ours, record, root))
    if name == "authors":
        own, theirs = "; ".join(row["name"] for row in ours.authors), "; ".join(record_authors(record))
    else:
        keys = {
            "journal": "journalInfo",
            "abstract": "abstractText",
            "published": "electronicPublicationDate",
        }
        value = record.get(keys.get(name, name))
        theirs = str(value["journal"]["title"] if name == "journal" else value)
        own = str(ours.paper[name])
        if name == "published":
            own += f" ({ours.paper['published_precision']})"
            theirs += f", issue {record['journalInfo'].get('dateOfPublication')}"
    return parted(own, theirs)


def parted(own: str, theirs: str) -> tuple[str, str]:
    start = next((at for at, (a, b) in enumerate(zip(own, theirs, strict=False)) if a != b), min(len(own), len(theirs)))
    start = max(0, start - 30) if max(len(own), len(theirs)) > 160 else 0
    cut = [
        ("…" if start else "") + text[start : start + 150] + ("…" if len(text) > start + 150 else "")
        for text in (own, theirs)
    ]
    return cut[0], cut[1]


def quoted(root: etree._Element, name: str) -> str:
    """The XML's own dates, each with what it is the date of, as its lines have them; nothing for other fields."""
    if name != "published":
        return ""
    found = []
    for item in root.xpath("front/article-meta/pub-date"):
        kind = " ".join(item.get(key, "") for key in ("pub-type", "date-type", "publication-format"))
        parts = [item.findtext(part) for part in ("year", "month", "day")]
        found.append(f"{' '.join(kind.split())} {'-'.join(part.strip().zfill(2) for part in parts if part)}")
    return "; ".join(found)


def as_in_xml(ours: Extracted, name: str, root: etree._Element) -> bool:
    """Whether the XML, read here a second time, has what we have: then the record differs from the article."""
    meta = root.find("front/article-meta")
    if name == "published":
        size = {"day": 10, "month": 7, "year": 4}[ours.paper["published_precision"] or "day"]
        return str(ours.paper["published"])[:size] in own_dates(root)
    if name == "title":
        parts = [meta.find(f"title-group/{tag}") for tag in ("article-title", "subtitle")]
        text = "".join(folded("".join(part.itertext())) for part in parts if part is not None)
        return letters(text) == letters(ours.paper["title"])
    if name == "authors":
        paths = "contrib-group//contrib[@contrib-type='author' or not(@contrib-type)]/name/surname"
        return [letters(item.text) for item in meta.xpath(paths)] == [
            letters(row["surname"]) for row in ours.authors if not row["is_collective"] and row["surname"]
        ]
    if name == "abstract":
        texts = [letters(" ".join(item.itertext())) for item in meta.xpath("abstract[not(@abstract-type)]//p")]
        return bool(texts) and all(text in letters(ours.paper["abstract"]) for text in texts)
    return False
