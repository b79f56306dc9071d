"""The entities of a page: ``- **Diseases:** NETs (MESH:D018358), liver failure (MESH:D017093)`` as rows.

Items are parted by commas and may hold commas and brackets themselves. An item ends at the comma that follows its
id; a comma before it is part of the label (``carcinoma, hepatocellular (MESH:D006528)``). Behind the last id, and in
a list without ids, every comma with a space after it parts two items.
"""

import re
from collections.abc import Iterable, Iterator

from tasks.parsers.rows import Row
from tasks.parsers.tomesphere import brackets
from tasks.parsers.tomesphere.markdown import Block

_TYPES = {
    "diseases": "Disease",
    "genes": "Gene",
    "chemicals": "Chemical",
    "species": "Species",
    "variants": "Variant",
    "mutations": "Variant",
    "cell lines": "CellLine",
    "cell-lines": "CellLine",
    "celllines": "CellLine",
}
_WELL_KNOWN = (
    "MESH MONDO NCBITaxon NCBIGene CHEBI dbSNP Cellosaurus OMIM DOID Orphanet EFO HP GO UBERON CL UMLS NCIT HGNC "
    "SNOMEDCT ICD10 ICD11 ICDO Ensembl UniProt PR PubChem DrugBank SO ClinVar MedDRA Reactome KEGG LOINC"
)
_PREFIXES = {prefix.lower(): prefix for prefix in _WELL_KNOWN.split()} | {
    "taxon": "NCBITaxon",
    "taxid": "NCBITaxon",
    "txid": "NCBITaxon",
    "taxonomy": "NCBITaxon",
    "ncbi taxonomy": "NCBITaxon",
    "ncbitaxonomy": "NCBITaxon",
    "gene": "NCBIGene",
    "geneid": "NCBIGene",
    "entrez": "NCBIGene",
    "entrezgene": "NCBIGene",
    "ncbi gene": "NCBIGene",
    "ncbi_gene": "NCBIGene",
    "mim": "OMIM",
    "orpha": "Orphanet",
    "ordo": "Orphanet",
    "hpo": "HP",
    "snp": "dbSNP",
    "cell line": "Cellosaurus",
    "cvcl": "Cellosaurus",
}
_NO_ID = frozenset({"", "-", "–", "none", "null", "n/a"})
_CURIE = re.compile(r"(?P<prefix>[A-Za-z][A-Za-z0-9._-]*):\s?(?P<local>[^\s:,;]*\d[^\s,;]*)")
_TAGGED = re.compile(r"(?P<prefix>[A-Za-z][A-Za-z _-]*?)[\s:]+(?P<local>[^\s:]*\d[^\s]*)")
_BARE = re.compile(r"(?:(?P<snp>rs\d+)|(?P<cell>CVCL_\w{4}))", re.IGNORECASE)
_MORE = re.compile(r"(?:…|\.\.\.)?\s*(?:and |\+\s?)?\d+ (?:more|others?)|…|\.\.\.|et al\.?", re.IGNORECASE)
_LABELLED = re.compile(r"(?P<type>[A-Z][A-Za-z -]{2,30}):\s+(?P<items>.+)")


def read(blocks: Iterable[Block], scope: str) -> Iterator[Row]:
    """The rows of a section; the type stands before the items, in a heading above, or in an item above."""
    entity_type: str | None = None
    reach = 0  # the type holds for what is nested deeper than this
    for block in blocks:
        if block.kind == "rule" or block.says_none:
            continue
        if block.kind == "heading":
            entity_type, reach = singular(block.text.rstrip(": ")), -1
            continue
        label, items = block.label, block.value
        if label is None and (found := _LABELLED.fullmatch(items)) and found["type"].lower() in _TYPES:
            label, items = found["type"], found["items"]
        if label is not None:
            entity_type, reach = singular(label), block.depth if items else block.depth - 1
        elif block.depth <= reach:
            entity_type, reach = None, -1
        for text in split_items(items):
            yield from item_rows(text, scope, entity_type)


def split_items(text: str) -> list[str]:
    """The items of a list."""
    pieces = [piece for piece in brackets.split(text, ",") if piece]
    last_id = max((place for place, piece in enumerate(pieces) if _take_id(piece)), default=-1)
    items: list[str] = []
    waiting = ""
    for place, piece in enumerate(pieces):
        piece = f"{waiting}, {piece}" if waiting else piece
        waiting = ""
        if place < last_id and not _take_id(piece):
            waiting = piece
        elif not _MORE.fullmatch(piece):
            items.append(piece)
    return items


def item_rows(text: str, scope: str, entity_type: str | None) -> Iterator[Row]:
    """One row an id; an item without one is a row with no curie."""
    label, curies, is_tag = _take_id(text) or (text, [], False)
    row: Row = {"scope": scope, "entity_type": entity_type, "label": label}
    if (is_tag or entity_type == "Species") and (group := brackets.last_group(label)) and group[0]:
        row["label"] = group[0]
        row["qualifiers"] = [part for part in brackets.split(group[2], ",;") if part] or None
    ids: list[str | None] = [*curies] or [None]
    for curie in ids:
        yield row | {"curie": curie}


def singular(plural: str) -> str:
    """``Diseases`` as ``Disease``; of a type that is not ours, the English singular."""
    known = _TYPES.get(plural.lower()) or _TYPES.get(f"{plural.lower()}s")
    if known:
        return known
    if re.search(r"[^aeiou]ies$", plural) and not re.search(r"(?:spec|ser)ies$", plural):
        return plural[:-3] + "y"
    if re.search(r"(?:ss|x|ch|sh)es$", plural):
        return plural[:-2]
    return plural if re.search(r"(?:[^s]ss|us|is|species|series)$|^.$|[^s]$", plural) else plural[:-1]


def _take_id(text: str) -> tuple[str, list[str], bool] | None:
    """``label (MESH:D1)`` or ``label [gene 7157]`` as label, CURIEs and whether it was a tag; None without an id."""
    group = brackets.last_group(text)
    if group is None:
        return None
    label, bracket, inside = group
    is_tag = bracket == "["
    if not label:
        return None
    if inside.lower() in _NO_ID:
        return label, [], is_tag
    parts = [part for part in re.split(r"\s*[,;|]\s*", inside) if part]
    curies: list[str] = []
    prefix: str | None = None
    for part in parts:
        found = _curie(part, is_tag, prefix)
        if found is None:
            return None
        prefix = found.partition(":")[0]
        if found not in curies:
            curies.append(found)
    return label, curies, is_tag


def _curie(text: str, is_tag: bool, prefix: str | None) -> str | None:
    if bare := _BARE.fullmatch(text):
        return f"dbSNP:{text.lower()}" if bare["snp"] else f"Cellosaurus:{text.upper()}"
    found = _CURIE.fullmatch(text) or (_TAGGED.fullmatch(text) if is_tag else None)
    if found is None:  # the second id of `(MESH:D1, D2)` or `[gene 6239;252961]`
        return f"{prefix}:{text}" if prefix and re.fullmatch(r"\w*\d\w*", text) else None
    if is_tag and _BARE.fullmatch(found["local"]):
        return _curie(found["local"], is_tag, None)
    known = _PREFIXES.get(found["prefix"].lower())
    if known is None and (is_tag or len(found["prefix"]) < 2):
        return None
    local = found["local"].upper() if known == "MESH" else found["local"]
    return f"{known or found['prefix']}:{local}"
