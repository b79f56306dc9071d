"""Say which topics the warehouse knows and the configuration does not name any more; their papers stay."""

from typing import Any

from schemas.config import Config
from warehouse.layout import Layout
from warehouse.lookup import lookup
from warehouse.reading import open_current


def find_gone(config: Config, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The topics that the configuration does not name, with what takes their papers away, where something does.

    known: what the lookup topic_papers gives.
    """
    names = {topic.name for topic in config.topics}
    used = {topic.source for topic in config.topics} | {row["source"] for row in known if row["topic"] in names}
    return [
        row | {"to remove": None if row["source"] in used else f"paperhouse withdraw {row['source']}"}
        for row in known
        if row["topic"] not in names
    ]


def gone_topics(config: Config) -> list[str]:
    """One line for each topic that is gone from the configuration, by the published warehouse."""
    with open_current(Layout(config.directory)) as con:
        gone = find_gone(config, lookup(con, "topic_papers"))
    return [
        f"topic {row['topic']} is no longer in {config.file.name}; "
        f"its papers stay: {row['papers']:,} of {row['source']}"
        + (f" (`{row['to remove']}` takes them away)" if row["to remove"] else "")
        for row in gone
    ]
