"""Fetch: land the documents of a unit, and say which of them are new."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Event
from typing import Any

import polars as pl
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import task_run
from prefect.tasks import exponential_backoff

from schemas.config import Config, Topic
from schemas.errors import SourceError, StorageError, TooSlow, Unreachable
from schemas.sources import BELONGING
from tasks.batches import Batch
from tasks.parsers.rows import PaperRows
from tasks.sources.catalogue import Unit, iter_documents
from tasks.sources.documents import Document, DocumentUnreadable, RawDocument
from warehouse.landing import Landed, Landing, Memory, document_id, forget_walks
from warehouse.layout import Layout
from warehouse.load import changed_papers, known_documents, transaction
from warehouse.retries import FAILED, renew_retries
from warehouse.runs import Counts, Run, set_watermark
from warehouse.store import open_build

#: A batch ends with whichever comes first: papers, as far as a source knows them, or bytes before compression.
BATCH_PAPERS = 1000
BATCH_BYTES = 16 << 20

RETRIES = 2


@dataclass(slots=True)
class Fetched:
    """What a unit gave.

    batches: of new documents. known: what the documents that were known count for. landed: documents
    that landing holds. unfetched: why each of the others could not be had. error: why the source could not go on.
    """

    batches: list[Batch] = field(default_factory=list)
    known: Counts = field(default_factory=Counts)
    landed: int = 0
    unfetched: list[str] = field(default_factory=list)
    error: str | None = None


def _may_pass(error: object) -> bool:
    """Whether asking again in a moment may help."""
    return isinstance(error, Unreachable) and not isinstance(error, TooSlow)


def _is_transient(task: Any, run: Any, state: Any) -> bool:
    return _may_pass(state.result(raise_on_failure=False))


@task(
    task_run_name="fetch {unit.name}",
    retries=RETRIES,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=_is_transient,
    cache_policy=NO_CACHE,
)
def fetch(
    config: Config,
    topic: Topic,
    unit: Unit,
    run: Run,
    full_refresh: bool,
    tell: Callable[[int], None],
    stop: Event,
) -> Fetched:
    """Land every document of a unit, byte for byte, and write a journal for each batch of new ones.

    An error of the source that another try may mend is raised for Prefect to try again; any other, and the last
    one, ends the unit: what was fetched before it is given, with the error. tell: is told after each batch how many
    documents the unit gave so far. stop: when it is set, nobody wants the rest.
    """
    work = _Work(config, topic, unit, run, full_refresh, tell)
    try:
        try:
            work.fetch(stop)
        except SourceError as error:
            if _may_pass(error) and task_run.run_count <= RETRIES:
                raise
            work.fetched.error = str(error)
            work.drop_what_is_not_whole()
        work.finish_batch()
    except StorageError as error:
        work.fetched.error = str(error)
    if work.fetched.error:
        get_run_logger().error(work.fetched.error)
    elif work.fetched.batches:
        retried = tuple(unit.items) if unit.retries else ()
        work.fetched.batches[-1] = replace(work.fetched.batches[-1], watermark=unit.watermark, retried=retried)
    return work.fetched


def finish_unit(layout: Layout, topic: Topic, unit: Unit, run: Run, loaded: bool) -> None:
    """Close a unit whose batches are loaded: a window counts as reached, papers as asked for again.

    loaded: whether there was a batch; otherwise there was nothing new, and that has to be said still.
    """
    if not loaded:
        with open_build(layout) as con, transaction(con):
            if unit.watermark:
                set_watermark(con, run, unit.watermark)
            if unit.retries:
                renew_retries(con, run, pl.DataFrame(schema=FAILED), unit.items)
    _memory(Landing(layout.landing), topic, unit).forget()


def forget_old_walks(layout: Layout, topic: Topic, units: list[Unit]) -> None:
    """Forget what runs that died landed for other units than those that are taken up now, of the topic's own walk.

    A walk by days of publication is another one: neither disturbs the other.
    """
    landing = Landing(layout.landing)
    kept = [_memory(landing, topic, unit) for unit in units]
    forget_walks(landing, kept[0].topic if kept else topic.name, but=kept)


def _memory(landing: Landing, topic: Topic, unit: Unit) -> Memory:
    name = f"{topic.name}~published" if unit.purpose == "published" else topic.name
    return Memory(landing, name, f"{topic!r} {unit.items}")


class _Work:
    """The fetching of one unit: what it gave so far, and the batch that is being gathered."""

    def __init__(
        self, config: Config, topic: Topic, unit: Unit, run: Run, full_refresh: bool, tell: Callable[[int], None]
    ) -> None:
        self.config, self.topic, self.unit, self.run = config, topic, unit, run
        self.full_refresh, self.tell = full_refresh, tell
        self.layout = Layout(config.directory)
        self.landing = Landing(self.layout.landing)
        self.memory = _memory(self.landing, topic, unit)
        self.fetched = Fetched()
        self.batch: list[Landed] = []
        self.opened = self.papers = 0
        self.openings: set[int] = set()

    def fetch(self, stop: Event) -> None:
        if self.full_refresh:
            self.memory.forget()
        documents = iter_documents(self.config, self.topic, self.unit, self.changed, self.memory.recall)
        for document in itertools.takewhile(lambda _: not stop.is_set(), documents):
            if isinstance(document, RawDocument) and document.opens and self._is_full():
                self.finish_batch()
            if isinstance(document, RawDocument) and document.opens:
                self.opened = len(self.batch)
                self.openings.add(self.opened)
                self.papers += document.papers
            self.batch.append(self._land(document))

    def drop_what_is_not_whole(self) -> None:
        """Leave out the page that a service did not answer all of; it stays landed, and the next run takes it up."""
        if self.unit.counts_as_whole:
            del self.batch[self.opened :]

    def _is_full(self) -> bool:
        if self.unit.retries:  # one batch, which settles all of them
            return False
        return self.papers >= BATCH_PAPERS or sum(document.bytes for document in self.batch) >= BATCH_BYTES

    def _land(self, document: Document) -> Landed:
        sha256, size, check, message = None, 0, None, None
        if isinstance(document, RawDocument):
            try:
                stored = self.landing.store(document.body)
                sha256, size = stored.sha256, stored.bytes
            except DocumentUnreadable as error:
                check, message = error.check, error.message
        else:
            check, message = document.check, document.message
        landed = Landed(
            document_id(document.source, document.url, sha256),
            document.source,
            document.source_id,
            document.kind,
            document.url,
            sha256,
            size,
            datetime.now(UTC).isoformat(),
            self.run.run_id,
            check,
            message,
        )
        if self.unit.is_window:
            self.memory.note(landed)
        return landed

    def finish_batch(self) -> None:
        """Count what is known, and write a journal of the rest."""
        fetched = self.fetched
        fetched.landed += sum(document.sha256 is not None for document in self.batch)
        fetched.unfetched += [document.message or "" for document in self.batch if document.sha256 is None]
        new = self.batch if self.full_refresh else self._without_known()
        if new:
            number = f"{self.unit.number}.{len(fetched.batches) + 1}"
            journal = self.landing.write_journal(f"{self.run.run_id}.{number}", new)
            fetched.batches.append(Batch(f"{self.topic.name} {number}", journal))
        self.batch, self.opened, self.papers, self.openings = [], 0, 0, set()
        self.tell(fetched.landed + len(fetched.unfetched))

    def _without_known(self) -> list[Landed]:
        """The documents of the batch that need work; the others are counted."""
        with open_build(self.layout) as con:
            known = known_documents(con, self.batch, self.run)
        wanted = {document.document_id for document in self.batch} - set(known)
        for start, end in itertools.pairwise(sorted({0, *self.openings, len(self.batch)})):
            first, *others = self.batch[start:end]
            if any(document.document_id in wanted and document.source in BELONGING for document in others):
                wanted.add(first.document_id)  # the record, which says whose the new ones are
        for papers, rejected in (known[key] for key in set(known) - wanted):
            self.fetched.known += Counts(unchanged=papers, rejected=rejected)
        return [document for document in self.batch if document.document_id in wanted]

    def changed(self, papers: list[PaperRows]) -> list[PaperRows]:
        """Those of the papers whose record is not what the warehouse has."""
        if self.full_refresh:
            return papers
        rows = [(paper.source_id, self.topic.source, paper.source_id, paper.content_hash) for paper in papers]
        columns = ["paper_id", "source", "own_id", "content_hash"]
        with open_build(self.layout) as con:
            changed = changed_papers(con, pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row"))
        return [paper for paper in papers if paper.source_id in changed]
