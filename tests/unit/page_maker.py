"""Writes paper pages by hand of a seeded chance, in the ways that pages are written: what a round trip is tried on."""

from random import Random

TITLES = [
    "Otters & voles: 5 < 7, *CYP2D6\\*4* and snake_case_names",
    "Abstract",
    "References",
    "# 1 cause of \\[liver\\] failure | a review #",
    "2024. A year in the wards",
    "دراسة عن الكبد في المرضى",
    "神经内分泌肿瘤的肝转移",
    "R&amp;D in C# \\\\ C++ \\#",
    "> 5 mm margins <sub>after</sub> `resection`",
    "What \\<i>italic\\</i> tags do & &amp;lt; means",
]
SENTENCES = [
    "Plain words close it.",
    "P<0.001 & q>0.5, 10<sup>9</sup>/L and H<sub>2</sub>O.",
    "*HLA-B*27:05* carriers, CD4* cells and __very__ strong words.",
    "See [the guide](https://x.org/a_(b)) and [18F](FDG) [1, 2].",
    "A \\*star\\*, a \\_line\\_, a back\\\\slash and a \\`tick\\`.",
    "a | b | c, then ~~~ and $x^2$ &lt; &#945;.",
    "تحسنت النتائج لدى المرضى 12 شهرا.",
    "患者的中位生存期为11个月。",
    "Text omitted here is not what it says.",
    "Not available in print.",
    "Source: a registry of 2019.",
    "\\<b>Bold\\</b> stays and \\<!-- so does this --> too.",
]
OPENINGS = ["1986\\. ", "\\- ", "\\# ", "> ", "\\+ ", "(1) ", "\\[1]: ", "- ", "1. ", "\\--- ", "\\> ", ""]
HEADINGS = [
    "Introduction",
    "2. Patients *and* methods",
    "Results #1",
    "Key findings",
    "Abstract",
    "References",
    "Full text",
    "Linked entities",
    "C# \\#",
    "讨论",
    "- not an item",
    "",
]
AUTHORS = [
    "Ada Quill, Bo van der Berg, Liver Study Group",
    "Ada Quill; Ek, Bo; Quill, Jr.",
    "[Ada Quill](https://orcid.org/0000-0002-1825-0097), Bo Ek (0000-0001-5109-3700)",
    "Ada Quill and Bo Ek",
    "Network for Research and Care",
    "李明, 王伟, أحمد علي",
    "J_ B. *Ek*, O'Hara",
]
DATES = ["2025-07-01", "2024-11", "2023", "Jul 2022"]
JOURNALS = ["Gut", "Journal of Invented Surgery", "Liver: A *Star* Journal", "肝脏杂志", ""]
MORE = [
    "**Keywords:** liver; carcinoma, hepatocellular; NETs",
    "**Publisher:** Reed & Co\n**ISSN:** 2041-1723",
    "**License:** CC-BY-4.0",
    "**PMID:** 31000001",
    "An editor's note that is a sentence.",
]
ENTITIES = [
    "- **Diseases:** NETs (MESH:D018358), carcinoma, hepatocellular (MESH:D006528), liver \\*failure\\*",
    "- **Species:** Homo sapiens (human, species) [taxon 9606], Mus musculus (mouse; house, species) [taxon 10090]",
    "- **Species:** Rattus (rats) [taxon 10116], mice",
    "- **Genes:** TP53 (tumor protein p53, p53) [gene 7157], IL-2 (alpha), chain (NCBIGene:3558), *MEN1* [gene 4221;5]",
    "- **Chemicals:** 1,25-dihydroxyvitamin D3 (MESH:D002117), poly(A) (MESH:D011061), [18F]FDG, SN-38 (-)",
    "- **Variants:** V600E (rs113488022)\n- **Cell lines:** HeLa (CVCL_0030), BON_1",
    "- **Pathways:** a_b | c\n- **Anatomies:** liver (UBERON:0002107)",
]
REFERENCES = [
    "Quill A, Ek BC. A work on otters & voles. J Invent. 2019;12(3):45-52. doi: 10.5555/one_two.3. PMID: 31000001",
    "Ek, B. (2020). Waiting lists and what they cost. Annals of Fiction, 4, 1-9. https://doi.org/10.5555/(waiting)2020",
    "Anon. A report of 1999. [PubMed](https://pubmed.ncbi.nlm.nih.gov/12345678/) [PMC](https://x.org/PMC7000001)",
    "[Ibarra T. Old work.](https://doi.org/10.1002/%28SICI%291097%3C1661::AID-SIM968%3E3.0.CO;2-2) 1998.",
    "王伟. 肝脏研究. 2018.",
    "Dike A. *Stars* \\[in\\] <b>bold</b> #3 | a_b. PMCID: PMC99000105",
]


def page(seed: int) -> str:
    """A page: summary or complete, with parts missing or in the odd form."""
    chance = Random(seed)
    title = TITLES[seed % len(TITLES)]
    blocks = [f"# {title}", f"**Authors:** {chance.choice(AUTHORS)}"]
    provenance = ["PMC", f"DOI: 10.5555/made.{seed}", chance.choice(JOURNALS), chance.choice(DATES)]
    blocks += [" · ".join(part for part in provenance if part), *chance.sample(MORE, 2)]
    for heading in ("TL;DR", "Contribution", "Abstract"):
        if chance.random() < 0.7:
            blocks += [f"## {heading}", _sentences(chance)]
    if chance.random() < 0.7:
        blocks += ["## Key findings", "\n".join(f"- {_sentences(chance)}" for _ in range(3))]
    for heading in ("Linked entities", "Full-text entities", "Abstract entities"):
        if chance.random() < 0.6:
            blocks += [f"## {heading}", "\n".join(chance.sample(ENTITIES, 3))]
    blocks += _complete(chance) if seed % 4 else ["## References", f"{seed + 1} references"]
    blocks.append(f"---\nSource: https://tomesphere.com/paper/PMC{90000100 + seed}")
    return "\n\n".join(blocks)


def _complete(chance: Random) -> list[str]:
    blocks = ["## Full text"]
    if chance.random() < 0.3:
        blocks.append("Words before any heading.")
    depth = 3
    for _ in range(8):
        blocks.append(f"{'#' * depth} {chance.choice(HEADINGS)}")
        blocks += [chance.choice(OPENINGS) + _sentences(chance) for _ in range(chance.randrange(3))]
        if chance.random() < 0.2:
            blocks.append("| Group | *n* |\n|---|---|\n| a \\| b | <0.001 |")
        depth = chance.randint(3, min(depth + 1, 6))
    listed = chance.sample(REFERENCES, chance.randint(1, len(REFERENCES)))
    if chance.random() < 0.3:
        blocks += ["## Funding", "None was received."]
    marks = chance.choice(["{}. ", "- ", "- [{}] ", "{}) "])
    return [*blocks, "## References", "\n".join(marks.format(at) + text for at, text in enumerate(listed, 3))]


def _sentences(chance: Random) -> str:
    return " ".join(chance.sample(SENTENCES, chance.randint(1, 3)))
