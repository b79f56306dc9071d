"""Where everything lies below the warehouse's directory, said once."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The files below ``warehouse.directory``.

    published is a symbolic link to the newest file of snapshots; build is the file that loads write and nobody
    else opens; work holds a run's intermediate files and may be removed whenever no run is under way.
    """

    directory: Path

    @property
    def published(self) -> Path:
        return self.directory / "papers.duckdb"

    @property
    def snapshots(self) -> Path:
        return self.directory / "snapshots"

    @property
    def build(self) -> Path:
        return self.directory / "build" / "warehouse.duckdb"

    @property
    def lock(self) -> Path:
        return self.directory / "build" / "writer.lock"

    @property
    def landing(self) -> Path:
        return self.directory / "landing"

    @property
    def work(self) -> Path:
        return self.directory / "work"

    @property
    def prefect(self) -> Path:
        """The home folder and database of the Prefect server that `paperhouse up` starts."""
        return self.directory / "prefect"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def up_lock(self) -> Path:
        return self.prefect / "up.lock"
