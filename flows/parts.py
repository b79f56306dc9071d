"""Keep the processes of an installation alive: each with a log file of its own, started again where it dies."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from schemas.errors import PartDied

#: Seconds until a part that died is started again: doubled each time it soon dies again, up to the last.
FIRST_DELAY, LAST_DELAY = 1.0, 60.0
#: A part that ran for so many seconds had started well.
WELL = 60.0
#: Seconds between two looks at what is waited for.
LOOK = 0.2

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def adopt_orphans() -> None:
    """Become the parent of all that parts leave behind, as the run of a worker that died (Linux, prctl(2))."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _end_with_parent() -> None:
    """Runs in a new process: it ends where its parent dies without having stopped it (Linux, prctl(2))."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Part:
    """A process that shall run as long as the installation does.

    Its output goes to a log file. It has a session of its own, so that a Ctrl-C reaches only whoever looks after it,
    who stops the parts in their order.
    """

    def __init__(self, name: str, command: Sequence[str], folder: Path, env: Mapping[str, str], log: Path) -> None:
        self.name, self.log = name, log
        self._command, self._folder, self._env = command, folder, env
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._delay = FIRST_DELAY
        self._due_at: float | None = None

    def start(self) -> None:
        """Start the process."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 (a command of ours)
                self._command,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._started_at = time.monotonic()
        self._due_at = None

    def finish(self, seconds: float) -> None:
        """Wait for a process that is to end by itself. Raises: PartDied where it fails, or takes too long."""
        try:
            code = self._process.wait(seconds) if self._process else 0
        except subprocess.TimeoutExpired:
            raise PartDied(f"the {self.name} was not done within {seconds:.0f} s; {self.log} may say why") from None
        if code:
            raise self._failed()

    @property
    def died(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def wait_until(self, ready: Callable[[], object], seconds: float) -> float:
        """Wait for the first start to succeed. Returns how long it took, in seconds.

        Raises: PartDied where the process ends before that, or takes too long.
        """
        while not ready():
            if self.died:
                raise self._failed()
            if time.monotonic() > self._started_at + seconds:
                raise PartDied(f"the {self.name} was not ready within {seconds:.0f} s; {self.log} may say why")
            time.sleep(LOOK)
        return time.monotonic() - self._started_at

    def look_after(self) -> None:
        """Start it again where it has died: soon at first, later and later where it keeps dying."""
        if self._due_at is not None:
            if time.monotonic() >= self._due_at:
                self.start()
                say(self.name, "started again")
        elif self.died:
            if time.monotonic() - self._started_at > WELL:
                self._delay = FIRST_DELAY
            say(self.name, f"died ({self._how()}), starts again in {self._delay:.0f} s; see {self.log}")
            self._due_at = time.monotonic() + self._delay
            self._delay = min(2 * self._delay, LAST_DELAY)

    @property
    def pid(self) -> int | None:
        """Its process, as long as that runs."""
        return None if self._process is None or self.died else self._process.pid

    def stop(self, seconds: float) -> None:
        """Ask it to end; where it does not within so many seconds, make it end."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            say(self.name, f"did not end within {seconds:.0f} s and was killed")
            self._process.kill()
            self._process.wait()
        self._process = None

    def _failed(self) -> PartDied:
        return PartDied(f"the {self.name} ended ({self._how()}): {last_line(self.log)}; {self.log} has it all")

    def _how(self) -> str:
        code = self._process.returncode if self._process else 0
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def end_runs(parts: Iterable[Part], seconds: float, adopters: Iterable[int] = ()) -> None:
    """End the runs that a worker started; a run says in its state that it was ended.

    A worker that is stopped before its runs kills them, and their states stay as they were.
    adopters: processes that are parents, too, of the runs of a worker that died.
    """
    ours = {part.pid for part in parts}
    deadline = time.monotonic() + seconds
    asked = set[int]()
    while runs := [run for run in children({*adopters, *ours}) if run not in ours]:
        if time.monotonic() > deadline:
            return
        send(signal.SIGTERM, set(runs) - asked)
        asked.update(runs)
        time.sleep(LOOK)


def kill_leftovers() -> None:
    """Kill whatever is left of all that this process started."""
    generation = [os.getpid()]
    while generation := children(generation):
        send(signal.SIGKILL, generation)


def bury_orphans(parts: Iterable[Part]) -> None:
    """Let those go that were adopted and have ended."""
    ours = {part.pid for part in parts}
    for orphan in children([os.getpid()], states="Z"):
        if orphan not in ours:
            with suppress(ChildProcessError):
                os.waitpid(orphan, os.WNOHANG)


def children(parents: Iterable[int | None], states: str = "RSDTtI") -> list[int]:
    """The processes of these parents in one of these states; none where there is no /proc to tell (proc(5))."""
    found, wanted = [], set(parents)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) in wanted and state in states:
                found.append(int(stat.parent.name))
    return found


def send(number: signal.Signals, processes: Iterable[int]) -> None:
    """Send a signal to processes, of which some may have ended."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def last_line(log: Path) -> str:
    """The last line that something wrote to its log."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"


def say(what: str, text: str) -> None:
    """One line for a step or an event, with the time."""
    print(f"{datetime.now():%H:%M:%S}  {what:<13}  {text}", flush=True)
