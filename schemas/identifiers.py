"""Identifiers of the field: the forms we store, and how the many spellings found in the wild reach them.

The ``normalise_*`` functions fold spellings (a URL prefix, upper case, a missing ``PMC``); they never judge.
What is still wrong afterwards is kept as it is, and the table models (``schemas.tables``) set it aside with a reason.
"""

import re
from collections.abc import Mapping

PMCID = r"^PMC[1-9][0-9]{0,9}$"
PMID = r"^[1-9][0-9]{0,8}$"
#: A DOI is a registrant prefix, a slash and anything printable (ISO 26324); stored in lower case, it compares equal.
DOI = r"^10\.[0-9]{4,9}(\.[0-9]+)*/[^\sA-Z]+$"
ORCID = r"^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$"
ISSN = r"^[0-9]{4}-[0-9]{3}[0-9X]$"
#: A compact URI: a prefix, a colon, a local id (https://www.w3.org/TR/curie/), as ``MESH:D017093``.
CURIE = r"^[A-Za-z][A-Za-z0-9._-]*:[^\s]+$"
LANGUAGE = r"^[a-z]{2}$"
PAPER_ID = r"^(PMC[1-9][0-9]*|PMID:[1-9][0-9]*|DOI:10\.[^\s]+|[A-Z0-9]+:[^\s]+)$"

_DOI_PREFIX = re.compile(r"^(?:\s*(?:https?://(?:dx\.)?doi\.org/|doi\s*:|info:doi/))+", re.IGNORECASE)
_PMID_PREFIX = re.compile(r"^(?:pmid\s*:?\s*)+", re.IGNORECASE)
_ORCID_DIGITS = re.compile(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dXx])\s*/?\s*$")


def normalise_pmcid(text: str | None) -> str | None:
    """``12259643``, ``pmc12259643`` or ``PMC12259643`` as ``PMC12259643``; None where there is nothing."""
    value = (text or "").strip()
    return f"PMC{_number(value)}" if value.isdecimal() else value.upper() or None


def normalise_pmid(text: str | None) -> str | None:
    """A PubMed id as bare digits, without leading zeros or a ``PMID:`` prefix; None where there is nothing."""
    value = (text or "").strip()
    if not value.isdecimal():
        value = _PMID_PREFIX.sub("", value)
    return _number(value) if value.isdecimal() else value or None


def _number(digits: str) -> str:
    """Digits without leading zeros, however many."""
    return digits.lstrip("0") or "0"


def normalise_doi(text: str | None) -> str | None:
    """A DOI in lower case without resolver or ``doi:`` prefix; None where there is nothing."""
    return _DOI_PREFIX.sub("", text).strip().lower() or None if text else None


def normalise_orcid(text: str | None) -> str | None:
    """An ORCID iD as ``0000-0002-1825-0097`` out of its URL or digits; what has no such digits stays as it is."""
    value = (text or "").strip()
    found = _ORCID_DIGITS.search(value)
    return "-".join(found.groups()).upper() if found else value or None


def well_formed(ids: Mapping[str, str | None]) -> dict[str, str]:
    """Those of the pmcid, pmid and doi that have the right form; a malformed one is set aside by validation."""
    forms = {"pmcid": PMCID, "pmid": PMID, "doi": DOI}
    return {name: value for name, form in forms.items() if (value := ids.get(name)) and re.fullmatch(form, value)}


def paper_id(pmcid: str | None, pmid: str | None, doi: str | None, source: str, source_id: str) -> str:
    """The key of a paper: its PMCID, else ``PMID:``, else ``DOI:``, else the source's own id.

    Only a well-formed id can be a key.
    """
    ids = well_formed({"pmcid": pmcid, "pmid": pmid, "doi": doi})
    if "pmcid" in ids:
        return ids["pmcid"]
    if "pmid" in ids:
        return f"PMID:{ids['pmid']}"
    if "doi" in ids:
        return f"DOI:{ids['doi']}"
    own_id = re.sub(r"\s+", "_", source_id)
    return f"{source.upper()}:{own_id}"


def readings(text: str) -> dict[str, str | None]:
    """What an id that a user writes can mean, by column: ``10.5555/X`` a doi, ``42`` a pmid, anything a paper_id."""
    text = text.strip()
    pmcid = text.upper().removeprefix("PMCID:").strip()
    ids = well_formed({"pmcid": pmcid, "pmid": normalise_pmid(text), "doi": normalise_doi(text)})
    return {"paper_id": text, "pmcid": None, "pmid": None, "doi": None} | ids
