"""Concepts as text miners name them: types and ids in the contract's forms, mentions counted into rows."""

import re

from tasks.parsers.rows import Row

#: The contract's own types, by the names that sources have for them.
_TYPES = {
    "disease": "Disease",
    "diseases": "Disease",
    "gene": "Gene",
    "genes": "Gene",
    "gene_proteins": "Gene",
    "chemical": "Chemical",
    "chemicals": "Chemical",
    "species": "Species",
    "organism": "Species",
    "organisms": "Species",
    "variant": "Variant",
    "variants": "Variant",
    "mutation": "Variant",
    "mutations": "Variant",
    "gene mutations": "Variant",
    "dnamutation": "Variant",
    "proteinmutation": "Variant",
    "dnaallele": "Variant",
    "proteinallele": "Variant",
    "dnaacidchange": "Variant",
    "proteinacidchange": "Variant",
    "acidchange": "Variant",
    "othermutation": "Variant",
    "snp": "Variant",
    "copynumbervariant": "Variant",
    "cellline": "CellLine",
    "celllines": "CellLine",
    "cell line": "CellLine",
    "cell lines": "CellLine",
}
_PREFIXES = {
    "mesh": "MESH",
    "msh": "MESH",
    "omim": "OMIM",
    "mim": "OMIM",
    "gene": "NCBIGene",
    "geneid": "NCBIGene",
    "entrez": "NCBIGene",
    "ncbigene": "NCBIGene",
    "ncbi_gene": "NCBIGene",
    "ncbi gene": "NCBIGene",
    "taxonomy": "NCBITaxon",
    "taxid": "NCBITaxon",
    "ncbitaxon": "NCBITaxon",
    "ncbi_taxonomy": "NCBITaxon",
    "ncbi taxonomy": "NCBITaxon",
    "ncbi species": "NCBITaxon",
    "cvcl": "Cellosaurus",
    "cellosaurus": "Cellosaurus",
    "dbsnp": "dbSNP",
    "umls": "UMLS",
    "chebi": "CHEBI",
    "mondo": "MONDO",
    "efo": "EFO",
    "go": "GO",
    "hp": "HP",
    "doid": "DOID",
    "orphanet": "Orphanet",
    "uniprot": "UniProtKB",
    "uniprotkb": "UniProtKB",
    "ensembl": "Ensembl",
    "refseq": "RefSeq",
}
_NO_ID = {"", "-", "–", "none", "null", "unknown", "n/a"}


def concept_type(name: str) -> str:
    """A source's type as the contract's, where it has it; else the source's own word in the singular."""
    known = _TYPES.get(name.lower())
    if known or not name.endswith("s") or name.endswith(("ss", "is", "us", "species", "series")):
        return known or name
    return f"{name[:-3]}y" if name.endswith("ies") else name[:-1]


def is_no_id(text: str) -> bool:
    """Whether what stands in the place of an id says that there is none."""
    return text.strip().lower() in _NO_ID


def curie(prefix: str, local: str) -> str | None:
    """``MESH:D017093`` of a source's prefix and local id; a prefix that is not known stays as it is."""
    local = local.strip()
    if is_no_id(local):
        return None
    known = _PREFIXES.get(prefix.strip().lower(), prefix.strip())
    if known == "Cellosaurus":
        local = f"CVCL_{local.upper().removeprefix('CVCL').lstrip('_:')}"
    elif known in ("MESH", "UMLS"):
        local = local.upper()
    elif known == "dbSNP":
        local = f"rs{local.lower().removeprefix('rs')}"
    return f"{known}:{local}"


def short_name(name: str | None, concept: str | None) -> str | None:
    """A concept's name, unless it is just a number or its id again."""
    if name is None or is_no_id(name) or re.fullmatch(r"[\d;,|\s]+|[#@].*|rs\d+(?:##)?", name):
        return None
    local = (concept or "").partition(":")[2].lower()
    return None if name.lower() in (local, (concept or "").lower()) else name


class Mentions:
    """The entities of a paper: mentions of the same text for the same concept in the same scope are one row."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str | None, str | None], Row] = {}

    def add(
        self,
        scope: str,
        entity_type: str,
        label: str | None,
        concept: str | None,
        name: str | None = None,
        qualifiers: list[str] | None = None,
    ) -> None:
        """Count one mention; the first name and the first qualifiers that come with it hold."""
        key = scope, entity_type, label, concept
        row = self._rows.setdefault(
            key, {"scope": scope, "entity_type": entity_type, "label": label, "curie": concept, "mention_count": 0}
        )
        row["mention_count"] += 1
        for column, value in (("name", name), ("qualifiers", qualifiers)):
            if row.get(column) is None:
                row[column] = value or None

    def rows(self) -> list[Row]:
        """One row a text, concept and scope, in the order of the first mentions."""
        return list(self._rows.values())
