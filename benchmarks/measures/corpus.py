"""The corpus, the records that belong to it, and what we made of its articles."""

import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lxml import etree

from measures.extracted import Extracted, Record, Row
from measures.xml import LENIENT, own_ids
from tasks.parsers.jats import parse
from tasks.parsers.rows import ParseError


@contextmanager
def unpacked(corpus: Path) -> Iterator[Path]:
    """The corpus as a folder that has ``jats`` in it; an archive is unpacked for as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="accuracy-") as folder:
        if corpus.is_file():
            with tarfile.open(corpus) as archive:
                archive.extractall(folder, filter="data")
            corpus = Path(folder)
        found = [corpus, *sorted(path.parent for path in corpus.rglob("jats"))]
        yield next(path for path in found if (path / "jats").is_dir())


def record_of(corpus: Path, article: Path) -> Record | None:
    """The Europe PMC record of an article, in any of its three wrappings, as a plain one."""
    path = corpus / "eupmc_result" / article.relative_to(corpus / "jats").parent / "eupmc_result.json"
    if not path.is_file():
        return None
    record = json.loads(path.read_text())
    return plain(record.get("full", record))


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return plain(value[0]) if len(value) == 1 else [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def parsed(path: Path) -> Extracted | str:
    """The article of a file, or why there is none."""
    with path.open("rb") as document:
        try:
            rows = next(iter(parse(document, path.name)))
        except ParseError as error:
            return error.message
    if isinstance(rows, ParseError):
        return rows.message
    return Extracted(rows.paper, rows.authors, rows.references, rows.sections)


def warehouse_reader(database: Path) -> Callable[[Path], Extracted | str]:
    """The same, out of a loaded warehouse, by the article's own ids."""
    import duckdb

    connection = duckdb.connect(str(database), read_only=True)

    def rows(sql: str, *values: object) -> list[Row]:
        result = connection.execute(sql, values)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def read(path: Path) -> Extracted | str:
        ids = own_ids(etree.parse(path, LENIENT).getroot())
        found = rows("SELECT * FROM papers WHERE pmcid = ? OR doi = ? LIMIT 1", ids.get("pmcid"), ids.get("doi"))
        if not found:
            return "not in the warehouse"
        key = found[0]["paper_id"]
        children = [
            rows(f'SELECT * FROM "{table}" WHERE paper_id = ? ORDER BY position', key)
            for table in ("authors", "references", "sections")
        ]
        return Extracted(found[0], *children)

    return read
