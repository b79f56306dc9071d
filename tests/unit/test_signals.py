"""A command that is asked to end says so in one line, with the exit code of the signal, whatever it waits for."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STOPPED = "paperhouse: stopped; run it again to go on where it was\n"

ASKED = """
import time
from flows import cli, signals

def work(options):
    print("ready", flush=True)
    time.sleep(60)

cli._COMMANDS["status"] = work
cli.main(["status"])
"""
#: A run that does not hear, as one within Prefect while a service is silent.
DEAF = """
import time
from flows import signals

signals.GRACE = 0.1
signals.raise_when_asked()
signals.end_soon_when_asked(own_server=False)
while True:
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        pass
"""
#: A run in which the signal became an error of something else, as of the query that it interrupted.
MISTAKEN = """
import time
from flows import cli, signals
from schemas.errors import PaperhouseError

def work(options):
    signals.end_soon_when_asked(own_server=False)
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        while not signals.asked_to_end():
            time.sleep(0.01)
        raise PaperhouseError("Query interrupted")

cli._COMMANDS["status"] = work
cli.main(["status"])
"""
#: A process with many runs, which says what they left open.
MANY = """
import threading
from pathlib import Path
from flows import signals

for _ in range(3):
    signals.end_soon_when_asked(own_server=False)
    print(threading.active_count(), len(list(Path("/proc/self/fd").iterdir())))
"""


def test_many_runs_in_one_process_share_what_waits_for_signals() -> None:
    said = subprocess.run([sys.executable, "-c", MANY], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    first, *others = said.splitlines()
    assert others == [first, first]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("program", [ASKED, DEAF, MISTAKEN], ids=["asked", "deaf", "mistaken"])
def test_a_command_that_is_asked_to_end_ends(program: str, number: signal.Signals, code: int) -> None:
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (code, STOPPED)
