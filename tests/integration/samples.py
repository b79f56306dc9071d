"""Papers that nobody wrote: JATS articles, paper pages and archives of them, as small as a test needs them.

An edition of a paper marks every row that comes of it (journal, authors, sections, references) with its number, so
that one query tells whether all rows of a warehouse are of one edition.
"""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape


def pmcid(number: int) -> str:
    """The id of the sample paper of that number."""
    return f"PMC{98_000_000 + number}"


def doi(number: int) -> str:
    return f"10.5555/sample.{number}"


def article(
    number: int,
    *,
    title: str | None = "",
    edition: int = 1,
    references: int = 3,
    sections: int = 2,
    orcid: str = "0000-0002-1825-0097",
    words: str = "Nothing was measured.",
) -> str:
    """A JATS article. title: None leaves it out, an empty one is made up. words: the text of each section."""
    heading = (
        "" if title is None else f"<article-title>{escape(title or made_up_title(number, edition))}</article-title>"
    )
    parts = "".join(
        f"<sec><title>Part {part} of edition {edition}</title><p>{escape(words)}</p></sec>"
        for part in range(1, sections + 1)
    )
    cited = "".join(
        f"""<ref id="r{place}"><label>{place}</label><element-citation publication-type="journal">
<person-group person-group-type="author"><name><surname>Ek</surname><given-names>J. B.</given-names></name>
</person-group><article-title>A work that edition {edition} cites</article-title><source>Edition {edition}</source>
<year>2019</year><volume>{place}</volume><fpage>1</fpage><lpage>9</lpage>
<pub-id pub-id-type="doi">10.5555/cited.{number}.{place}</pub-id></element-citation></ref>"""
        for place in range(1, references + 1)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<article article-type="research-article" xml:lang="en"><front>
<journal-meta><journal-title-group><journal-title>Edition {edition}</journal-title></journal-title-group>
<issn pub-type="epub">2049-3630</issn><publisher><publisher-name>Invented Press</publisher-name></publisher>
</journal-meta>
<article-meta><article-id pub-id-type="pmc">{pmcid(number)}</article-id>
<article-id pub-id-type="doi">{doi(number)}</article-id>
<title-group>{heading}</title-group>
<contrib-group><contrib contrib-type="author"><contrib-id contrib-id-type="orcid">https://orcid.org/{orcid}</contrib-id>
<name><surname>Quill</surname><given-names>Ada of edition {edition}</given-names></name></contrib>
<contrib contrib-type="author"><name><surname>Berg</surname><given-names>Bo of edition {edition}</given-names></name>
</contrib></contrib-group>
<pub-date pub-type="epub"><day>3</day><month>2</month><year>2024</year></pub-date>
<abstract><p>The abstract of sample {number}.</p></abstract>
<kwd-group><kwd>samples</kwd></kwd-group></article-meta></front>
<body>{parts}</body><back><ref-list>{cited}</ref-list></back></article>
"""


def made_up_title(number: int, edition: int = 1) -> str:
    return f"Sample {number} and its edition {edition}"


def page(number: int, *, title: str | None = "", edition: int = 1) -> str:
    """A Markdown page of a paper, with a summary, entities and a body. title: as for ``article``."""
    heading = "" if title is None else f"# {title or made_up_title(number, edition)}\n\n"
    return f"""{heading}**Authors:** Ada Quill, Bo Berg, Cem Öztürk

PMC · DOI: {doi(number)} · Edition {edition} · 2024-02

## TL;DR

In short, sample {number} in edition {edition}.

## Contribution

It fills a page.

## Key findings

- Pages can be parsed.
- Samples are short.

## Abstract

The page's abstract of sample {number}.

## Linked entities

- **Diseases:** liver failure (MONDO:0100192)

## Full-text entities

- **Diseases:** NETs (MESH:D018358)
- **Species:** Homo sapiens (human, species) [taxon 9606]

## Full text

### 1. Introduction

The page's body in edition {edition}.

## References

1. Ek JB. A work that a page cites. Edition {edition}. 2019;3:1-9. doi: 10.5555/page.{number}

---
Source: https://tomesphere.com/paper/{pmcid(number)}
"""


def article_set(*articles: str) -> str:
    """Articles in one document, as PubMed Central gives them."""
    bare = (text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n') for text in articles)
    return f"<pmc-articleset>{''.join(bare)}</pmc-articleset>"


def articles(numbers: range, **how: object) -> dict[str, str]:
    """Articles by file name."""
    return {f"{pmcid(number)}.xml": article(number, **how) for number in numbers}  # type: ignore[arg-type]


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below a folder; names may lead into folders of their own."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(content))


def tar_of(files: Mapping[str, str | bytes], compression: str = "xz") -> bytes:
    """The files as a .tar; compression: ``xz``, ``gz`` or nothing."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{compression}") as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            header = tarfile.TarInfo(name)
            packed = _bytes(content)
            header.size = len(packed)
            tar.addfile(header, io.BytesIO(packed))
    return out.getvalue()


def zip_of(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, _bytes(content))
    return out.getvalue()


def gz_of(content: str) -> bytes:
    return gzip.compress(content.encode())


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
