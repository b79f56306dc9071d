"""What a loader made of the articles: how many rows, and how many of them have what one looks for."""

from pathlib import Path

import duckdb

#: What is counted, by title: in the tables of the floor and the peers, and in ours.
_THEIRS = {
    "papers": "FROM papers",
    "with title": "FROM papers WHERE trim(title) <> ''",
    "with DOI": "FROM papers WHERE trim(doi) <> ''",
    "with year": "FROM papers WHERE regexp_matches(CAST(year AS VARCHAR), '^[0-9]{4}')",
    "authors": "FROM authors",
    "references": "FROM refs",
    "with DOI or PMID": "FROM refs WHERE trim(doi) <> '' OR trim(pmid) <> ''",
    "sections": "FROM sections",
}
_OURS = _THEIRS | {
    "with year": "FROM papers WHERE published IS NOT NULL",
    "references": 'FROM "references"',
    "with DOI or PMID": 'FROM "references" WHERE doi IS NOT NULL OR pmid IS NOT NULL',
}
#: Millions of characters of the sections' text; what both have.
_TEXT = "SELECT coalesce(sum(length(text)), 0) / 1e6 FROM sections"


def contents(database: Path, schema: str, ours: bool) -> dict[str, str]:
    """By title, in the order of the table that they are shown in."""
    with duckdb.connect(str(database), read_only=True) as con:
        con.execute(f"USE {schema}")
        found = {
            title: f"{con.execute(f'SELECT count(*) {query}').fetchall()[0][0]:,}"
            for title, query in (_OURS if ours else _THEIRS).items()
        }
        return found | {"text, million characters": f"{con.execute(_TEXT).fetchall()[0][0]:.1f}"}
