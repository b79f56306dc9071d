"""An ingest as plain functions, in the order in which the flow calls them: what it costs without Prefect's engine.

usage: python benchmarks/plain.py CONFIG

Its pages and reports, its tasks and their states are left out; all that is fetched, checked and written is the same.
"""

import sys
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from threading import Event

from flows.units import WINDOW
from schemas.config import Config, Topic, load_config
from schemas.tables import empty
from tasks.batches import Batch, Parsed
from tasks.fetch import fetch, finish_unit
from tasks.load import load_valid
from tasks.memory import share_heaps
from tasks.parse import PARSED, parser_processes
from tasks.parsers.batch import Result, parse_batch
from tasks.runs import begin_runs, begin_topic, end_topic
from tasks.sources.catalogue import plan
from tasks.validate import validate_parsed
from warehouse.layout import Layout
from warehouse.publish import publish
from warehouse.runs import Counts, Run

fetch_unit = fetch.fn


def main() -> None:
    config = load_config(sys.argv[1])
    layout = Layout(config.directory)
    share_heaps()
    begin_runs.fn(layout)
    with parser_processes() as pool:
        for topic in config.topics:
            print(f"{topic.name}: {ingest(config, topic, pool)}")
    publish(layout)


def ingest(config: Config, topic: Topic, pool: ProcessPoolExecutor | None) -> Counts:
    """Fetch, parse, validate and load a topic. pool: where it is parsed; None: here. Returns what came of it."""
    layout, run = Layout(config.directory), Run("plain", "plain", "ingest", topic.name, topic.source)
    reached = begin_topic(layout, run)
    counts = Counts()
    parsing: deque[tuple[Batch, Future[Result]]] = deque()

    def load_next() -> Counts:
        batch, result = parsing.popleft()
        parsed = Parsed(batch, layout.work / batch.journal.stem / "parsed", result.result())
        return load_valid(layout, validate_parsed(parsed), run, counts, False, config.merging)

    for unit in plan(config, topic, reached.watermark, reached.due):
        fetched = fetch_unit(config, topic, unit, run, False, lambda landed: None, Event())
        counts += fetched.known
        for batch in fetched.batches:
            parsing.append((batch, parse(layout, batch, pool)))
            if len(parsing) > WINDOW:
                counts += load_next()
        while parsing and unit.counts_as_whole:
            counts += load_next()
        if unit.counts_as_whole:
            finish_unit(layout, topic, unit, run, loaded=bool(fetched.batches))
    while parsing:
        counts += load_next()
    end_topic(layout, run, counts, None)
    return counts


def parse(layout: Layout, batch: Batch, pool: ProcessPoolExecutor | None) -> Future[Result]:
    """Begin to parse a batch in another process, or parse it here."""
    types = {table: empty(model).to_arrow().schema for table, model in PARSED.items()}
    work = (layout.landing, batch.journal, layout.work / batch.journal.stem / "parsed", types)
    if pool:
        return pool.submit(parse_batch, *work)
    done: Future[Result] = Future()
    done.set_result(parse_batch(*work))
    return done


if __name__ == "__main__":
    main()
