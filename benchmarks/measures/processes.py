"""What a command costs with all processes that it starts: time, time of the processors, memory."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: Seconds between two looks at the memory.
LOOK = 0.1


@dataclass(frozen=True)
class Cost:
    """wall, cpu: seconds; cpu of user and system, with the processes that it waited for. peak: bytes.

    peak: the most that all its processes held at once; memory that they share counts once (PSS,
    https://docs.kernel.org/filesystems/proc.html). out: what it wrote to standard output.
    """

    wall: float
    cpu: float
    peak: int
    out: str


def cost_of(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Cost:
    """Run a command in a folder to its end. Raises: RuntimeError where it fails, with what it said."""
    with (folder / "out.txt").open("w+") as out, (folder / "err.txt").open("w+") as err:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=err, start_new_session=True)
        memory = _Memory(process.pid)
        memory.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        memory.stop()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read())
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{texts[0]}\n{texts[1]}")
    return Cost(wall, used.ru_utime + used.ru_stime, memory.peak, texts[0])


class _Memory(threading.Thread):
    """Looks at the memory of a session's processes until it is stopped."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._session, self._ended = session, threading.Event()

    def run(self) -> None:
        while not self._ended.wait(LOOK):
            self.peak = max(self.peak, sum(_proportional_size(process) for process in _of_session(self._session)))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _of_session(session: int) -> list[Path]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            if os.getsid(int(process.name)) == session:
                found.append(process)
    return found


def _proportional_size(process: Path) -> int:
    with suppress(OSError):
        for line in (process / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0
