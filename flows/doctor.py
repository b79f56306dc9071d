"""Examine an installation: configuration, disk, Prefect server, landing, database. One line a finding."""

import os
import shutil
from collections.abc import Callable

import duckdb
import httpx

from schemas.config import Config, load_config
from schemas.errors import PaperhouseError, WriterBusy
from tasks.sources.catalogue import check_topic
from warehouse.layout import Layout
from warehouse.store import writer_lock
from warehouse.verify import verify_database, verify_landing

#: Less free space than this is worth a warning: a publish copies the whole file.
LOW_DISK = 1 << 30


def examine(config: str | None) -> int:
    """Print what is well and what is not. Returns 0 where all is well, else 1."""
    try:
        settings = load_config(config)
    except PaperhouseError as error:
        print(f"FAIL  configuration: {error}")
        return 1
    print(f"ok    configuration: {settings.file}, {len(settings.topics)} topics")
    well = [_tell(name, look, settings) for name, look in _EXAMINATIONS.items()]
    return 0 if all(well) else 1


def _tell(name: str, look: Callable[[Config], str], settings: Config) -> bool:
    try:
        print(f"ok    {name}: {look(settings)}")
    except (PaperhouseError, OSError, duckdb.Error) as error:
        print(f"FAIL  {name}: {error}")
        return False
    return True


def _topics(settings: Config) -> str:
    for topic in settings.topics:
        check_topic(settings, topic)
    return "each has something to fetch"


def _disk(settings: Config) -> str:
    layout = Layout(settings.directory)
    try:
        with writer_lock(layout, "paperhouse doctor"):
            pass
    except WriterBusy as busy:
        return str(busy)
    free = shutil.disk_usage(layout.directory).free
    size = layout.build.stat().st_size if layout.build.exists() else 0
    if free < LOW_DISK + 2 * size:
        raise PaperhouseError(f"{layout.directory}: {free / 1e9:.1f} GB free; a publish wants room for another copy")
    return f"{layout.directory} can be written, {free / 1e9:.0f} GB free"


def _server(settings: Config) -> str:
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        return "none configured (PREFECT_API_URL); each ingest starts a temporary one"
    try:
        httpx.get(f"{url.rstrip('/')}/health", timeout=10).raise_for_status()
    except httpx.HTTPError as error:
        raise PaperhouseError(f"{url} does not answer: {error}; start it with `prefect server start`") from error
    return f"{url} answers"


def _database(settings: Config) -> str:
    return verify_database(Layout(settings.directory))


def _landing(settings: Config) -> str:
    return verify_landing(Layout(settings.directory))


_EXAMINATIONS = {
    "topics": _topics,
    "disk": _disk,
    "server": _server,
    "database": _database,
    "landing": _landing,
}
