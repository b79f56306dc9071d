"""The same articles as parsed and validated batches, to load them into one warehouse after the other."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from measures.unpacking import unpack
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


def articles_of(archives: list[Path], folder: Path, most: int) -> int:
    """Write the first articles of some archives whose ids no made-up paper has into a folder that is made for them."""
    folder.mkdir()
    count = 0
    for archive in archives:
        apart = folder.with_name(archive.name)
        unpack(archive, apart)
        for path in sorted(apart.iterdir()):
            if count < most and not _TAKEN.search(path.read_bytes()):
                count += 1
                path.rename(folder / f"{count:06}.xml")
        shutil.rmtree(apart)
    return count


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
