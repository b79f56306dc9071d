"""Work through the units of a topic: fetch ahead, parse, validate, load. Every flow that loads papers does it so."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from uuid import uuid4

from prefect import get_run_logger, tags
from prefect.futures import PrefectFuture, wait
from prefect.runtime import flow_run
from rich.progress import Progress as Bars

from flows.progress import topic_progress
from flows.summary import TopicResult
from schemas.config import Config, Topic
from schemas.errors import PaperhouseError
from tasks.batches import Parsed
from tasks.fetch import Fetched, fetch, finish_unit
from tasks.load import load
from tasks.parse import parse
from tasks.runs import Progress, begin_topic, end_topic
from tasks.sources.catalogue import Unit
from tasks.validate import validate
from warehouse.layout import Layout
from warehouse.runs import Counts, Run

#: Batches that are being parsed or wait to be loaded; bounds what lies in the work folder.
WINDOW = 4


def new_run(flow: str, topic: str | None, source: str) -> Run:
    """A run of a topic, or of none, within this flow run."""
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{topic or flow}-{uuid4().hex[:6]}"
    return Run(run_id, str(flow_run.id), flow, topic, source)


@dataclass
class Work:
    """One topic's work in a flow run, whose caller is the only writer.

    full_refresh: parse and load what is known, too.
    """

    config: Config
    topic: Topic
    run: Run
    pool: ProcessPoolExecutor
    bars: Bars
    full_refresh: bool = False

    def through(
        self, plan: Callable[[Progress], Iterable[Unit]], done: Callable[[Unit], object] = lambda unit: None
    ) -> TopicResult:
        """Do all units. An error ends the topic, not the flow; what was loaded before it stays.

        plan: the units, given how far the topic has come. done: is told of each unit that is loaded as a whole.
        """
        layout = Layout(self.config.directory)
        began = time.monotonic()
        reached = begin_topic(layout, self.run)
        result = TopicResult(self.run, Counts(), 0.0)
        try:
            with tags(self.topic.name):
                self._fetch_and_load(list(plan(reached)), result, done)
        except PaperhouseError as error:
            result.error = str(error)
            get_run_logger().error("topic %s failed: %s", self.topic.name, error)
        result.seconds = time.monotonic() - began
        end_topic(layout, self.run, result.counts, result.error)
        return result

    def _fetch_and_load(self, units: list[Unit], result: TopicResult, done: Callable[[Unit], object]) -> None:
        layout = Layout(self.config.directory)
        progress = topic_progress(self.bars, self.topic.name, len(units))
        parsing: deque[PrefectFuture[Parsed]] = deque()
        landed, unfetched = 0, list[str]()

        def load_next() -> None:
            valid = validate(parsing.popleft().result())
            counts = load(layout, valid, result.run, result.counts, self.full_refresh, self.config.merging)
            result.counts += counts
            progress.batch_loaded(result.counts)

        def start(unit: Unit, stop: Event) -> PrefectFuture[Fetched]:
            tell = progress.documents_landed
            return fetch.submit(self.config, self.topic, unit, result.run, self.full_refresh, tell, stop)

        with closing(_fetch_ahead(units, start)) as coming:
            for unit, fetched in coming:
                landed += fetched.landed
                unfetched += fetched.unfetched
                result.counts += fetched.known
                progress.unit_fetched(len(fetched.batches), result.counts)
                for batch in fetched.batches:
                    parsing.append(parse.submit(layout, batch, self.pool))
                    if len(parsing) > WINDOW:
                        load_next()
                if fetched.error:
                    result.error = fetched.error
                elif unit.counts_as_whole:
                    while parsing:
                        load_next()
                    finish_unit(layout, self.topic, unit, result.run, loaded=bool(fetched.batches))
                    done(unit)
        while parsing:
            load_next()
        if unfetched and not landed:
            result.error = f"none of {len(unfetched)} documents could be had; the first: {unfetched[0]}"
        progress.end(result.counts)


def _fetch_ahead(
    units: list[Unit], start: Callable[[Unit, Event], PrefectFuture[Fetched]]
) -> Iterator[tuple[Unit, Fetched]]:
    """What each unit gave, while the next one is being fetched: nobody waits for a load. An error is the last.

    start: begins to fetch a unit, and gives up once the event is set, which happens when this is closed early.
    """
    stop = Event()
    coming = [start(units[0], stop)] if units else []
    try:
        for at, unit in enumerate(units, start=1):
            fetched = coming.pop().result()
            if not fetched.error and at < len(units):
                coming.append(start(units[at], stop))
            yield unit, fetched
            if fetched.error:
                break
    finally:
        stop.set()
        wait(coming)
