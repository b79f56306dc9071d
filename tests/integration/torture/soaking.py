"""Ingests again and again in one process and measures what that leaves.

``python soaking.py RUNS SECONDS EVERY SERVER``: each run is what ``paperhouse ingest`` does, in a house's folder; no
more begin after so many SECONDS. After every EVERY-th ``paperhouse maintain`` tidies up, as if it were days later.
SERVER is the process of the Prefect server, whose home PREFECT_HOME names. Prints a line of JSON a run; what the
commands print goes to standard error.
"""

import json
import os
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

from flows.run import run_flow, run_ingest
from schemas.parameters import Maintenance

#: What is older than half a minute goes, as in operation what is older than the days that are configured.
AGE = 30 / 86400
TIDY = Maintenance.model_construct(
    dry_run=False, compact_above=0.25, landing_days=AGE, snapshot_days=None, server_days=AGE
)


def on_disk(path: Path) -> int:
    """The bytes that a file, or a folder with all that is in it, takes on the disk."""
    inside = sum(on_disk(inner) for inner in path.iterdir()) if path.is_dir() and not path.is_symlink() else 0
    return inside + path.lstat().st_blocks * 512 if path.exists() else 0


def resident(process: int | str) -> int:
    """The resident memory of a process in bytes (proc(5))."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) << 10


def measured(server: str) -> dict[str, int]:
    """What there is now: memory and disk in bytes, open files and landed files in numbers."""
    data, home = Path("data"), Path(os.environ["PREFECT_HOME"])
    return {
        "memory": resident("self"),
        "open_files": len(list(Path("/proc/self/fd").iterdir())),
        "build": on_disk(data / "build"),
        "snapshots": on_disk(data / "snapshots"),
        "landing": on_disk(data / "landing"),
        "landed_files": sum(len(files) for _, _, files in os.walk(data / "landing")),
        "server_memory": resident(server),
        "server_database": sum(on_disk(file) for file in home.glob("prefect.db*")),
    }


def main() -> None:
    runs, limit, every, server = *map(int, sys.argv[1:4]), sys.argv[4]
    last_begins = time.monotonic() + limit
    for number in range(1, runs + 1):
        if time.monotonic() > last_begins:
            break
        with redirect_stdout(sys.stderr):
            began = time.monotonic()
            code = run_ingest(None, [], False, 0)
            seconds = time.monotonic() - began
            if number % every == 0:
                code = code or run_flow("maintain", None, 0, wanted=TIDY)
        row = {"run": number, "seconds": round(seconds, 2), **measured(server)}
        print(json.dumps(row), flush=True)
        if code:
            sys.exit(code)


if __name__ == "__main__":
    main()
