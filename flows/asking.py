"""Ask again about papers that the warehouse has, as a sweep and a refresh do."""

from dataclasses import dataclass

from prefect.runtime import flow_run

from flows.progress import progress_bars
from flows.units import Work, new_run
from schemas.config import Config
from tasks.asking import Purpose, noticed, papers_to_ask
from tasks.events import tell_loaded
from tasks.parse import parser_processes
from tasks.publish import publish
from tasks.runs import TopicResult, begin_runs
from tasks.writer import only_writer
from warehouse.layout import Layout
from warehouse.runs import Counts


@dataclass
class Answers:
    """What came of asking: how many papers were asked about, the topics' results, what is news of notices."""

    papers: int
    topics: list[TopicResult]
    retracted: list[str]
    noticed: list[str]

    @property
    def counts(self) -> Counts:
        return sum((result.counts for result in self.topics), Counts())

    @property
    def errors(self) -> list[str]:
        return [f"topic {result.run.topic} failed: {result.error}" for result in self.topics if result.error]


def ask_again(config: Config, flow: str, purpose: Purpose, most: int, wait_seconds: float) -> Answers:
    """Ask about the papers whose turn it is, load what changed, and publish.

    purpose: ``notices`` or ``entities``. most: papers at most. Raises: WriterBusy.
    """
    layout = Layout(config.directory)
    with only_writer(layout, f"run {flow_run.name}", wait_seconds):
        begin_runs(layout)
        before = noticed(layout)
        askings = papers_to_ask(layout, config, purpose, most)
        results = []
        with parser_processes() as pool, progress_bars() as bars:
            for asking in askings:
                run = new_run(flow, asking.brought_by, asking.topic.source)
                work = Work(config, asking.topic, run, pool, bars)
                results.append(work.through(lambda _, a=asking: a.units(), lambda unit, a=asking: a.note(layout, unit)))
        after = noticed(layout)
        publish(layout)
    answers = Answers(
        sum(len(asking.papers) for asking in askings),
        results,
        [paper for paper, (retracted, _) in after.items() if retracted and not before.get(paper, (False, []))[0]],
        [paper for paper, (_, notices) in after.items() if set(notices) - set(before.get(paper, (False, []))[1])],
    )
    tell_loaded(config, flow, [result.run for result in results], answers.counts.loaded)
    return answers
