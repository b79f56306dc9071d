"""A part is started again where it dies, later each time, and nothing of it is left once it is stopped."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows import parts
from flows.parts import Part, children, end_runs
from schemas.errors import PartDied

#: Starts a child that says in its log what signal it got.
WITH_CHILD = """
import subprocess, sys, time
end = "signal.signal(15, lambda *_: sys.exit(print('the run ended', flush=True)))"
child = f"import signal, sys, time; {end}; print('up', flush=True); time.sleep(60)"
subprocess.Popen([sys.executable, "-c", child])
time.sleep(60)
"""


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Callable[[str], Part]]:
    """Makes parts that run a line of Python."""
    made: list[Part] = []

    def make(code: str) -> Part:
        made.append(Part("part", [sys.executable, "-u", "-c", code], tmp_path, {}, tmp_path / "part.log"))
        return made[-1]

    yield make
    for one in made:
        one.stop(5)


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_part_that_dies_is_started_again_later_each_time(
    part: Callable[[str], Part], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parts, "FIRST_DELAY", 0.1)
    dying = part("import sys; sys.exit('nothing here')")
    dying.start()
    for _ in range(2):
        wait_until(lambda: dying.died)
        dying.look_after()
        wait_until(lambda: dying.look_after() or not dying.died)
    said = capsys.readouterr().out
    assert said.count("died (exit code 1)") == 2
    assert said.count("started again") == 2
    assert dying._delay == pytest.approx(0.4)
    assert dying.log.read_text().count("nothing here") >= 2


def test_a_part_that_does_not_start_says_its_last_words(part: Callable[[str], Part]) -> None:
    dying = part("import sys; print('so far so good'); sys.exit('no such thing')")
    dying.start()
    with pytest.raises(PartDied, match=r"the part ended \(exit code 1\): no such thing; .*part.log has it all"):
        dying.wait_until(lambda: False, 20)


def test_a_part_that_is_never_ready_is_not_waited_for_forever(part: Callable[[str], Part]) -> None:
    waiting = part("import time; time.sleep(60)")
    waiting.start()
    with pytest.raises(PartDied, match="was not ready within 0 s"):
        waiting.wait_until(lambda: False, 0.1)


def test_a_part_that_does_not_obey_is_killed(part: Callable[[str], Part]) -> None:
    stubborn = part("import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(60)")
    stubborn.start()
    wait_until(lambda: "up" in stubborn.log.read_text())
    process = stubborn.pid
    stubborn.stop(0.2)
    assert process is not None
    assert not Path(f"/proc/{process}").exists()


def test_runs_end_before_their_worker(part: Callable[[str], Part]) -> None:
    worker = part(WITH_CHILD)
    worker.start()
    wait_until(lambda: "up" in worker.log.read_text())
    assert len(children([worker.pid])) == 1
    end_runs([worker], 10)
    assert children([worker.pid]) == []
    assert not worker.died
    assert "the run ended" in worker.log.read_text()
