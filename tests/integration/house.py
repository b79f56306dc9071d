"""A warehouse of its own in a folder of its own, driven through the command line as a user drives it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

import duckdb
import pytest
import yaml

from tests.integration import reader
from warehouse.lookup import as_frame

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"

TABLES = ("papers", "authors", "entities", "references", "sections")
#: When and by which run a row was written: all that two runs over the same input may differ in.
LINEAGE = ("fetched_at", "updated_at", "run_id")
_CHILDREN = TABLES[1:]
_NUMBERED = ("authors", "references", "sections")
#: What the contract says of every published warehouse, as queries for what offends.
RULES = {
    "fetched = loaded + unchanged + rejected": "FROM ops.runs WHERE fetched <> loaded + unchanged + rejected",
    "no run stays open": "FROM ops.runs WHERE status = 'running' OR finished_at IS NULL",
    "a paper stands once": "SELECT paper_id FROM papers GROUP BY ALL HAVING count(*) > 1",
    **{
        f"{table}: their papers are there": f"FROM main.{table} ANTI JOIN papers USING (paper_id)"
        for table in _CHILDREN
    },
    **{
        f"{table}: positions count 1, 2, 3": f"SELECT paper_id FROM main.{table} GROUP BY ALL "
        "HAVING min(position) <> 1 OR max(position) <> count(*) OR count(DISTINCT position) <> count(*)"
        for table in _NUMBERED
    },
    "references: what they resolve to is there": "FROM main.references WHERE cited_paper_id NOT IN "
    "(SELECT paper_id FROM papers) OR (cited_paper_id IS NULL) <> (resolved_by IS NULL)",
    "paper_ids: their papers are there": "FROM main.paper_ids ANTI JOIN papers USING (paper_id)",
    "the view shows the table": "FROM main.paper_references EXCEPT FROM main.references",
}
#: Seconds that a command may take on a busy machine.
PATIENCE = 120

#: What of the surroundings must not reach the commands under test.
_OURS = ("PREFECT_", "PAPERHOUSE_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "COLUMNS")


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on standard error; fails where there are more, or a traceback."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, f"not one line on standard error:\n{self.err}"
        return lines[0]

    def json_lines(self) -> list[Any]:
        """Each line of its output, read as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    def ok(self) -> "Ended":
        assert self.code == 0, f"exit code {self.code}\n{self.out}\n{self.err}"
        return self


class Running:
    """A command under way, in a process group of its own; its output goes to files, which no orphan keeps open."""

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str], typed: str | None = None) -> None:
        mark = uuid4().hex
        self._mark = f"RUNNING={mark}".encode()
        with TemporaryFile("w+") as stdin, ExitStack() as files:
            stdin.write(typed or "")
            stdin.seek(0)
            self._out, self._err = (files.enter_context(TemporaryFile("w+")) for _ in range(2))
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env={**env, "RUNNING": mark},
                stdin=stdin,
                stdout=self._out,
                stderr=self._err,
                start_new_session=True,
            )
            self._files = files.pop_all()

    def wait(self, seconds: float = PATIENCE) -> Ended:
        """Wait for its end."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            pytest.fail(f"{self.process.args} did not end within {seconds} s:\n{self._text()}")
        out, err = self._text()
        return Ended(self.process.returncode, out, err)

    def wait_until(self, happened: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for something that the command brings about; fails where it ends before that."""
        deadline = time.monotonic() + seconds
        while not happened():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{self.process.args} ended too early, or waits too long:\n{self._text()}")
            time.sleep(0.001)

    def kill(self) -> Ended:
        """kill -9, the command alone: its helpers must see for themselves that it is gone."""
        self.process.kill()
        return self.wait()

    def stop(self, seconds: float = 20) -> Ended:
        """Ask it to end, and make it end where it does not obey."""
        self.process.terminate()
        return self.wait(seconds)

    def members(self) -> dict[int, str]:
        """The processes alive that it started, and itself: the command lines by process id."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if self._mark in (process / "environ").read_bytes():
                    found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ").strip()
        return found

    def close(self) -> None:
        """End what is left of it and of the processes that it started."""
        for process in self.members():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self._files.close()

    def output(self) -> str:
        """What it has written to standard output so far; the process goes on writing where it was."""
        return os.pread(self._out.fileno(), os.fstat(self._out.fileno()).st_size, 0).decode()

    def _text(self) -> tuple[str, str]:
        texts = []
        for file in (self._out, self._err):
            file.seek(0)
            texts.append(file.read())
        return texts[0], texts[1]


def environment(prefect: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command: ours without what would lead it astray, with Prefect's settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return ours | {"NO_PROXY": "127.0.0.1,localhost", "DO_NOT_TRACK": "1"} | dict(prefect)


class House:
    """A folder with a configuration and, after the first ingest, a warehouse.

    folder: where the files are and the commands run. prefect: settings of Prefect for the commands.
    """

    def __init__(self, folder: Path, prefect: Mapping[str, str]) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.env = environment(prefect)
        self.started: list[Running] = []
        folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """End whatever still runs."""
        for running in self.started:
            running.close()

    def configure(self, *topics: Mapping[str, Any], **settings: Any) -> Path:
        """Write paperhouse.yaml."""
        file = self.folder / "paperhouse.yaml"
        file.write_text(yaml.safe_dump({**settings, "topics": list(topics)}), encoding="utf-8")
        return file

    def start(self, *arguments: str, typed: str | None = None, code: str | None = None) -> Running:
        """Start ``paperhouse`` with these arguments.

        typed: what stands on its standard input. code: Python to run instead of the command's own main.
        """
        return self._start([*(("-c", code) if code else ("-m", "flows")), *arguments], typed)

    def start_reader(self, stop: Path, how: str, seconds: float) -> Running:
        """Start someone who reads the published warehouse, see reader.py."""
        return self.start_python(reader.__file__, self.data / "papers.duckdb", stop, how, seconds)

    def start_python(self, file: str, *arguments: object) -> Running:
        """Start a program of a test's own in the folder, which finds this checkout's packages."""
        self.env["PYTHONPATH"] = str(ROOT)
        return self._start([file, *map(str, arguments)])

    def _start(self, arguments: Sequence[str], typed: str | None = None) -> Running:
        self.started.append(Running([sys.executable, *arguments], self.folder, self.env, typed))
        return self.started[-1]

    def run(self, *arguments: str, typed: str | None = None, code: str | None = None) -> Ended:
        """Run ``paperhouse`` to its end."""
        return self.start(*arguments, typed=typed, code=code).wait()

    def ingest(self, *arguments: str) -> Ended:
        return self.run("ingest", *arguments)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the published file, opened with plain DuckDB."""
        with duckdb.connect(str(self.data / "papers.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        """The one value that a query gives."""
        ((value,),) = self.query(sql)
        return value

    def papers(self) -> list[str]:
        return [paper_id for (paper_id,) in self.query("SELECT paper_id FROM papers ORDER BY paper_id")]

    def content(self, *without: str) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of the main tables in an order of their own. without: columns that are left out."""
        out = f"EXCLUDE ({', '.join(without)})" if without else ""
        rows = {
            table: self.query(f'SELECT * {out if table == "papers" else ""} FROM main."{table}"') for table in TABLES
        }
        return {table: sorted(found, key=repr) for table, found in rows.items()}

    def fingerprints(self) -> dict[str, tuple[Any, ...]]:
        """The number of rows of each main table and a hash of all that is in them."""
        return {table: self.query(f'SELECT count(*), sum(hash(t)) FROM main."{table}" AS t')[0] for table in TABLES}

    def runs(self) -> list[dict[str, Any]]:
        """The book of runs, oldest first."""
        with duckdb.connect(str(self.data / "papers.duckdb"), read_only=True) as con:
            return as_frame(con, "SELECT * FROM ops.runs ORDER BY started_at, topic").to_dicts()

    def counts(self) -> dict[str | None, tuple[str, int, int, int, int]]:
        """Status, fetched, loaded, unchanged and rejected of the last run of each topic."""
        columns = ("status", "fetched", "loaded", "unchanged", "rejected")
        return {run["topic"]: tuple(run[column] for column in columns) for run in self.runs()}  # type: ignore[misc]

    def rejects(self) -> list[dict[str, Any]]:
        """What ``paperhouse rejects --json`` says."""
        rows: list[dict[str, Any]] = json.loads(self.run("rejects", "--json").ok().out)
        return rows

    def copy(self, folder: Path) -> None:
        """Make another house's folder like this one's."""
        shutil.copytree(self.folder, folder, symlinks=True, dirs_exist_ok=True)

    def assert_sound(self) -> None:
        """Hold what is published against the rules that always hold."""
        for what, offending in RULES.items():
            assert self.query(offending) == [], what
        assert self.leftovers() == []

    def landed(self) -> list[str]:
        """The files of the landing folder."""
        return files_below(self.data / "landing")

    def leftovers(self) -> list[str]:
        """Files that nobody needs any more: half written documents, intermediate rows, half published copies."""
        found = files_below(self.data / "landing" / "part") + files_below(self.data / "work")
        unfinished = (*self.data.glob("snapshots/*.part"), *self.data.glob("*.new"), *self.data.glob("build/*.wal"))
        return found + [path.name for path in unfinished]


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def topic(name: str, source: str, path: str | None = None, ids: Sequence[str] = ()) -> dict[str, Any]:
    """A topic of the configuration."""
    return {"name": name, "source": source} | ({"path": path} if path else {"ids": list(ids)})
