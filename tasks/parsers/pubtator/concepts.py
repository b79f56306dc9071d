"""What an annotation says of its concept.

The id stands in ``identifier`` with a prefix or without (then the type says whose it is), in older exports below the
name of its database (``{"NCBI Gene": "4221"}``); several are parted by ``;`` or ``,``. A variant's identifier is a
record of its own: ``tmVar:p|SUB|V|600|E;HGVS:p.V600E;RS#:113488022``, older ``p.V600E;RS#:113488022``. Only dbSNP's
number is an id of a variant; its HGVS expression is given as the name.
"""

import re
from typing import Any

from tasks.parsers.answers import get, many, text
from tasks.parsers.concepts import curie, is_no_id, short_name

Concept = tuple[str | None, str | None]

_DATABASES = ("MESH", "OMIM", "NCBI Gene", "NCBI Species", "NCBI Taxonomy", "CVCL")
#: Whose an id without a prefix is, by type.
_BY_TYPE = (
    (re.compile(r"\d+"), {"Gene": "NCBIGene", "Species": "NCBITaxon", "Strain": "NCBITaxon", "Genus": "NCBITaxon"}),
    (re.compile(r"[CD]\d+"), {"Disease": "MESH", "Chemical": "MESH"}),
    (re.compile(r"[NX][MPRC]_\d+(?:\.\d+)?"), {"RefSeq": "RefSeq"}),
    (re.compile(r"CVCL_\w{4}", re.IGNORECASE), {"CellLine": "Cellosaurus"}),
)
_SNP = re.compile(r"\brs(\d+)\b", re.IGNORECASE)
_RS = re.compile(r"\bRS#:\s*([\d|,]+)", re.IGNORECASE)
_HGVS = re.compile(r"(?:^|;|\|\|)(?:HGVS:)?([cgmnpr]\.[^;]+)")


def concepts(infons: Any, entity_type: str) -> list[Concept]:
    """CURIE and name, a pair an id; one pair without a CURIE where there is no id."""
    name = text(get(infons, "name"))
    if entity_type == "Variant":
        return _variants(infons, name)
    curies = list(dict.fromkeys(_curies(infons, entity_type)))
    found = [known for known in curies if known is not None]
    if len(found) > 1:  # the name is that of the first, or of all
        return [(known, None) for known in found]
    known = next(iter(found), None)
    return [(known, short_name(name, known))]


def _curies(infons: Any, entity_type: str) -> list[str | None]:
    for key in ("identifier", "Identifier"):
        if stated := text(get(infons, key)):
            return [_curie(part, entity_type, None) for part in _parts(stated)]
    for database in _DATABASES:
        if stated := text(get(infons, database)):
            return [_curie(part, entity_type, database) for part in _parts(stated)]
    return [None]


def _parts(stated: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;,|]", stated) if part.strip()]


def _curie(part: str, entity_type: str, database: str | None) -> str | None:
    """A CURIE of one id. ``*9606``: a guess is marked so; ``7157(Tax:9606)``: a gene's species is not its id."""
    local = re.sub(r"\(Tax:\d+\)$", "", part.lstrip("*"), flags=re.IGNORECASE)
    if is_no_id(local):
        return None
    prefix, colon, rest = local.partition(":")
    if colon:
        return curie(prefix, rest) if prefix else None
    if database is None:
        types = (names.get(entity_type) for form, names in _BY_TYPE if form.fullmatch(local))
        database = next(filter(None, types), None)
    elif entity_type == "CellLine" and database != "CVCL":
        return None  # the species of the cells
    return curie(database, local) if database else None


def _variants(infons: Any, name: str | None) -> list[Concept]:
    stated = text(get(infons, "identifier")) or text(get(infons, "Identifier")) or text(get(infons, "tmVar")) or ""
    listed = [text(item) or "" for item in (*many(get(infons, "rsids")), get(infons, "rsid"))]
    numbers = [found for item in (*listed, stated) for found in _SNP.findall(item)]
    numbers += [found for group in _RS.findall(stated) for found in re.split(r"[|,]", group) if found]
    hgvs = text(get(infons, "hgvs"))
    if hgvs is None and (expression := _HGVS.search(stated)):
        hgvs = expression[1]
    called = short_name(name, None) or hgvs
    return [(curie("dbSNP", known), called) for known in dict.fromkeys(numbers)] or [(None, called)]
