"""JATS through pubmed_parser (https://github.com/titipata/pubmed_parser): metadata, references, paragraphs."""

from pathlib import Path

import pubmed_parser
from loading import Tables, load


def extract(path: Path) -> Tables:
    key = str(path)
    paper = pubmed_parser.parse_pubmed_xml(str(path))
    references = pubmed_parser.parse_pubmed_references(str(path)) or []
    paragraphs = pubmed_parser.parse_pubmed_paragraph(str(path), all_paragraph=True) or []
    head = tuple(paper[name] for name in ("pmid", "doi", "full_title", "abstract", "journal", "publication_year"))
    names = ("pmid_cited", "doi_cited", "article_title", "journal", "year")
    return {
        "papers": [(key, *head)],
        "sections": [(key, at, part["section"], part["text"]) for at, part in enumerate(paragraphs)],
        "refs": [(key, at, *(reference[name] for name in names)) for at, reference in enumerate(references)],
        "authors": [(key, at, author[0], author[1]) for at, author in enumerate(paper["author_list"])],
    }


if __name__ == "__main__":
    load(extract)
