"""A warehouse that a benchmark fills, by the version of Paperhouse in a checkout."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from measures.processes import Cost, cost_of


@dataclass(frozen=True)
class Warehouse:
    """folder: is made for it. checkout: where the packages are imported from. env: of its commands."""

    folder: Path
    checkout: Path
    env: Mapping[str, str]

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)

    @property
    def config(self) -> Path:
        return self.folder / "paperhouse.yaml"

    def configure(self, topic: dict[str, Any], **settings: Any) -> "Warehouse":
        """Let it hold one topic."""
        self.config.write_text(yaml.safe_dump({**settings, "topics": [topic]}), encoding="utf-8")
        return self

    def of_articles(self, path: Path) -> "Warehouse":
        """Let its topic be these JATS files."""
        return self.configure({"name": "articles", "source": "jats", "path": str(path)})

    def ingest(self) -> Cost:
        return self._cost_of("-m", "flows", "ingest")

    def plainly(self) -> Cost:
        """The same work as plain functions, see benchmarks/plain.py."""
        return self._cost_of(str(self.checkout / "benchmarks" / "plain.py"), str(self.config))

    def _cost_of(self, *arguments: str) -> Cost:
        env = {**self.env, "PYTHONPATH": str(self.checkout)}
        return cost_of([sys.executable, *arguments], self.folder, env)
