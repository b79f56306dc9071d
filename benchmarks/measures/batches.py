"""The same articles as parsed and validated batches, to load them into one warehouse after the other."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from measures.unpacking import change, unpack

from schemas.config import load_config
from tasks.batches import Batch, Parsed
from tasks.parse import parse_landed, parser_processes
from tasks.sources.documents import RawDocument
from tasks.sources.jats import iter_files
from tasks.validate import validate_parsed
from warehouse.landing import Landed, Landing, document_id
from warehouse.layout import Layout

#: Ids that the made-up papers have, too: those that end with 0 (benchmarks/synthetic.py).
_TAKEN = re.compile(rb'<article-id pub-id-type="(?:pmid|pmc|pmcid)">\w*0<')


def articles_of(archives: list[Path], folder: Path, most: int) -> list[Path]:
    """The first articles of some archives whose ids no made-up paper has, as files in a folder that is made for them."""
    folder.mkdir()
    for archive in archives:
        unpack(archive, folder / archive.name)
    found = sorted(path for path in folder.rglob("*.xml"))
    taken = {path for path in found if _TAKEN.search(path.read_bytes())}
    kept = [path for path in found if path not in taken][:most]
    for path in set(found) - set(kept):
        path.unlink()
    return kept


def change_every(articles: list[Path], nth: int) -> None:
    """Give every nth article another title."""
    for path in articles[::nth]:
        path.write_bytes(change(path.read_bytes()))


def prepared(config: Path, run_id: str) -> Parsed:
    """The articles of the configuration's topic as one batch, landed, parsed and validated as by that run."""
    settings = load_config(str(config))
    layout, (topic,) = Layout(settings.directory), settings.topics
    layout.work.mkdir(parents=True, exist_ok=True)
    landing, lines = Landing(layout.landing), []
    for document in iter_files(sorted((settings.base / str(topic.path)).rglob("*.xml")), settings.base):
        assert isinstance(document, RawDocument)
        stored = landing.store(document.body)
        key, now = document_id(document.source, document.url, stored.sha256), datetime.now(UTC).isoformat()
        lines.append(
            Landed(key, document.source, document.source_id, document.kind, document.url, stored.sha256,
                   stored.bytes, now, run_id)
        )  # fmt: skip
    batch = Batch("batch", landing.write_journal(f"{run_id}.1.1", lines))
    with parser_processes() as pool:
        return validate_parsed(parse_landed(layout, batch, pool))


def copied(valid: Parsed, layout: Layout) -> Parsed:
    """The same batch in another warehouse's work folder, for the load that removes it."""
    folder = layout.work / valid.folder.parent.name
    shutil.copytree(valid.folder.parent, folder)
    return Parsed(valid.batch, folder / valid.folder.name, valid.result)
