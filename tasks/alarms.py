"""Look what a run should be warned of, or fail by: pure comparisons of what came of it with ``alarms:``."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.alarms import Alarms, FallingRows, RejectRate, SilentSource
from tasks.runs import TopicResult

#: When a topic last fetched a paper; where it never did, when it was first run.
LastGiven = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a run is warned of, or fails by. name: its key below ``alarms:``. topic: where it is of one."""

    name: str
    level: str
    topic: str | None
    message: str

    @property
    def fails(self) -> bool:
        return self.level == "fail"


def look(
    alarms: Alarms,
    topics: Iterable[TopicResult],
    last_given: LastGiven,
    before: Mapping[str, int],
    after: Mapping[str, int],
) -> list[Alarm]:
    """All alarms that a run raises, those that fail it first.

    before, after: rows by table, as published before and after the run.
    """
    raised = [alarm for result in topics for alarm in _of_topic(alarms, result, last_given)]
    if alarms.falling_rows.level != "off":
        raised += _fallen(alarms.falling_rows, before, after)
    return sorted(raised, key=lambda alarm: not alarm.fails)


def _of_topic(alarms: Alarms, result: TopicResult, last_given: LastGiven) -> Iterator[Alarm]:
    topic = result.run.topic or result.run.flow
    if result.error and alarms.topic_failed.level != "off":
        yield Alarm("topic_failed", alarms.topic_failed.level, topic, f"topic {topic} failed: {result.error}")
    if alarms.reject_rate.level != "off" and (message := _rejected(alarms.reject_rate, topic, result)):
        yield Alarm("reject_rate", alarms.reject_rate.level, topic, message)
    silent = alarms.silent_source
    if silent.level != "off" and topic in last_given and (message := _silent(silent, result, last_given[topic])):
        yield Alarm("silent_source", silent.level, topic, message)


def _rejected(setting: RejectRate, topic: str, result: TopicResult) -> str | None:
    counts = result.counts
    if counts.fetched < setting.at_least or counts.rejected <= setting.above * counts.fetched:
        return None
    return (
        f"topic {topic}: {counts.rejected:,} of {counts.fetched:,} papers were rejected "
        f"({counts.rejected / counts.fetched:.0%}, alarm above {setting.above:.0%}); `paperhouse rejects` says why; "
        "raise alarms.reject_rate.above where it is as it should be"
    )


def _silent(setting: SilentSource, result: TopicResult, last: datetime) -> str | None:
    since = datetime.now(UTC) - last
    if since <= timedelta(days=setting.days):
        return None
    return (
        f"topic {result.run.topic}: {result.run.source} gave nothing for {since / timedelta(days=1):,.0f} days, since "
        f"{last:%Y-%m-%d} (alarm after {setting.days:g}); look whether its query still matches something, or raise "
        "alarms.silent_source.days"
    )


def _fallen(setting: FallingRows, before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[Alarm]:
    for table, rows in before.items():
        lost = rows - after.get(table, 0)
        if rows >= setting.at_least and lost > setting.above * rows:
            yield Alarm(
                "falling_rows",
                setting.level,
                None,
                f"table {table} fell from {rows:,} to {rows - lost:,} rows ({lost / rows:.0%}, alarm above "
                f"{setting.above:.0%}); compare with the snapshot before, the older file in snapshots/; raise "
                "alarms.falling_rows.above where it is as it should be",
            )
