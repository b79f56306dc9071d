"""JATS through pyEuropePMC's parser of full texts (https://github.com/JonasHeinickeBio/pyEuropePMC)."""

from pathlib import Path

from loading import Tables, load
from pyeuropepmc import FullTextXMLParser


def extract(path: Path) -> Tables:
    key = str(path)
    article = FullTextXMLParser(path.read_text(encoding="utf-8"))
    paper = article.extract_metadata()
    journal = paper.get("journal") or {}
    ids = paper.get("identifiers") or {}
    head = (ids.get("pmid"), paper.get("doi"), paper.get("title"), paper.get("abstract"), journal.get("title"))
    names = ("pmid", "doi", "title", "source", "year")
    return {
        "papers": [(key, *head, (paper.get("pub_date") or "")[:4])],
        "sections": [
            (key, at, part.get("title"), part.get("content"))
            for at, part in enumerate(article.get_full_text_sections())
        ],
        "refs": [
            (key, at, *(reference.get(name) for name in names))
            for at, reference in enumerate(article.extract_references())
        ],
        "authors": [
            (key, at, author.get("surname"), author.get("given_names"))
            for at, author in enumerate(article.extract_authors_detailed())
        ],
    }


if __name__ == "__main__":
    load(extract)
