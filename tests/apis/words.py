"""Words that papers often hold, with what the services make of them: the right ids, and all odd shapes of ids."""

from tests.apis.paper import Entity

_TAXON = "http://identifiers.org/taxonomy/"
_UMLS = "http://linkedlifedata.com/resource/umls-concept/"
_CHEBI = "http://purl.obolibrary.org/obo/CHEBI_"
_UNIPROT = "https://www.uniprot.org/uniprotkb/{}/entry"


def _species(words: str, taxon: int, label: str | None = None) -> Entity:
    return Entity(words, "Species", str(taxon), None, None, "Organisms", f"{_TAXON}{taxon}", label or words)


def _disease(words: str, mesh: str, name: str, cui: str) -> Entity:
    return Entity(words, "Disease", f"MESH:{mesh}", name, None, "Diseases", f"{_UMLS}{cui}", words)


def _chemical(words: str, mesh: str, name: str, chebi: int) -> Entity:
    return Entity(words, "Chemical", f"MESH:{mesh}", name, None, "Chemicals", f"{_CHEBI}{chebi}", words)


def _gene(words: str, gene: int, name: str, uniprot: str) -> Entity:
    return Entity(words, "Gene", str(gene), name, None, "Gene_Proteins", _UNIPROT.format(uniprot), words)


VOCABULARY: tuple[Entity, ...] = (
    _species("human", 9606),
    _species("humans", 9606, "human"),
    Entity("patients", "Species", "9606"),
    _species("mice", 10090, "mouse"),
    _species("mouse", 10090),
    _species("rats", 10116, "rat"),
    _species("wheat", 4565),
    _species("rice", 4530),
    _species("maize", 4577),
    _species("yeast", 4932),
    _species("Escherichia coli", 562),
    Entity("C. elegans", "Species", "6239;252961;314391;316080"),
    _disease("cancer", "D009369", "Neoplasms", "C0006826"),
    _disease("diabetes", "D003920", "Diabetes Mellitus", "C0011849"),
    _disease("inflammation", "D007249", "Inflammation", "C0021368"),
    _disease("infection", "D007239", "Infections", "C0009450"),
    Entity("stress", "Disease"),
    _chemical("water", "D014867", "Water", 15377),
    _chemical("nitrogen", "D009584", "Nitrogen", 25555),
    _chemical("glucose", "D005947", "Glucose", 17234),
    _chemical("ethanol", "D000431", "Ethanol", 16236),
    _chemical("starch", "D013213", "Starch", 28017),
    Entity("extract", "Chemical", "-"),
    _gene("insulin", 3630, "INS", "P01308"),
    _gene("p53", 7157, "TP53", "P04637"),
    _gene("albumin", 213, "ALB", "P02768"),
    Entity("HeLa", "CellLine", "CVCL:0030"),
    Entity(
        "V600E",
        "Variant",
        "tmVar:p|SUB|V|600|E;HGVS:p.V600E;VariantGroup:0;CorrespondingGene:673;RS#:113488022;CorrespondingSpecies:9606",
        "rs113488022",
    ),
    Entity("photosynthesis", kind="Gene Ontology", uri="http://identifiers.org/GO:0015979", label="photosynthesis"),
    Entity("PCR", kind="Experimental Methods", uri="http://purl.obolibrary.org/obo/OBI_0000415", label="PCR"),
)
