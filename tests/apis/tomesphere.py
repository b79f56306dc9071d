"""tomesphere: Markdown pages of papers, ``GET /paper/{id}/full.md``."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.apis.library import Library
from tests.apis.records import plain
from tests.apis.server import Reply, Request, Service


def pages(source: Path | Mapping[str, bytes] | Callable[[str], bytes | None]) -> Service:
    """Serves a folder of pages, ``{id}.md``, pages by id, or what a function knows by id."""

    def answer(request: Request) -> Reply | None:
        asked = re.fullmatch(r"/paper/(.+)/full\.md", request.path)
        if not asked:
            return None
        page_id = asked[1]
        if isinstance(source, Path):
            path = source / f"{page_id}.md"
            page = path.read_bytes() if path.parent == source and path.is_file() else None
        elif isinstance(source, Mapping):
            page = source.get(page_id)
        else:
            page = source(page_id)
        if page is None:
            return Reply(b'{"detail":"Not Found"}', status=404)
        return Reply(page, "text/markdown; charset=utf-8")

    return answer


def library_pages(library: Library) -> Callable[[str], bytes | None]:
    """The pages of the papers with a PMCID: their own, or made of their records."""

    def page(page_id: str) -> bytes | None:
        paper = library.find("PMC", page_id) if re.fullmatch(r"PMC\d+", page_id) else None
        if paper is None or paper.page is not None:
            return paper.page if paper else None
        record = paper.record
        names = [author.get("fullName", "") for author in record.get("authorList", {}).get("author", [])]
        journal = record.get("journalInfo", {}).get("journal", {}).get("title", "")
        doi = f"DOI: {record['doi']}" if "doi" in record else ""
        where = " · ".join(filter(None, ("PMC", doi, journal, record.get("firstPublicationDate", ""))))
        parts = [f"# {plain(record['title'])}", f"**Authors:** {', '.join(names)}", where]
        if abstract := record.get("abstractText"):
            parts.append(f"## Abstract\n\n{plain(abstract)}")
        return ("\n\n".join(parts) + f"\n\n---\nSource: https://tomesphere.com/paper/{page_id}\n").encode()

    return page
