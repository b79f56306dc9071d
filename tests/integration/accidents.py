"""What may befall a command: it is killed at a place or a moment of its own, or asked to end; and what it leaves."""

import os
import signal
import time
from collections.abc import Callable

from tests.integration.house import House, Running

SECONDS_TO_NOTICE = 10

Strike = Callable[[Running], object]

#: ``paperhouse`` that dies by kill -9 when it comes to a place: too short a moment to be hit from outside.
_DIES_AT = """
import os, signal, threading
from importlib import import_module

def die():
    os.kill(os.getpid(), signal.SIGKILL)

module, _, name = {place!r}.partition(":")
owner = import_module(module)
*holders, name = name.split(".")
for holder in holders:
    owner = getattr(owner, holder)
original, calls = getattr(owner, name), []

def struck(*given, **named):
    calls.append(name)
    if len(calls) != {call}:
        return original(*given, **named)
    if {when!r} == "before":
        die()
    if {when!r} == "during":
        threading.Timer({seconds}, die).start()
    result = original(*given, **named)
    if {when!r} == "after":
        die()
    return result

setattr(owner, name, struck)

from flows.cli import main
main()
"""
#: The same, when half of the new snapshot is copied.
DIES_HALF_WAY = """
import os, shutil, signal

copy = shutil.copyfile

def half(source, target, **how):
    if "snapshots" not in str(target):
        return copy(source, target, **how)
    content = open(source, "rb").read()
    open(target, "wb").write(content[: len(content) // 2])
    os.kill(os.getpid(), signal.SIGKILL)

shutil.copyfile = half

from flows.cli import main
main()
"""


def dies_at(place: str, when: str = "before", call: int = 1, seconds: float = 0) -> str:
    """The code of a ``paperhouse`` that dies at a function, as ``warehouse.publish:_swap``.

    when: before or after its n-th call, or so many seconds after that call began (``during``).
    """
    return _DIES_AT.format(place=place, when=when, call=call, seconds=seconds)


def below(house: House, pattern: str) -> Callable[[], bool]:
    """Whether something new is there that matches a pattern below the warehouse's folder."""
    before = set(house.data.glob(pattern))
    return lambda: any(path not in before for path in house.data.glob(pattern))


def survivors(running: Running) -> list[str]:
    """The processes of a command that has ended, after they had time to notice that."""
    deadline = time.monotonic() + SECONDS_TO_NOTICE
    while running.members() and time.monotonic() < deadline:
        time.sleep(0.1)
    return list(running.members().values())


def after(seconds: float, strike: Strike) -> Strike:
    def struck(running: Running) -> None:
        time.sleep(seconds)
        strike(running)

    return struck


def sends(how: signal.Signals, all_of_them: bool) -> Strike:
    return lambda running: (os.killpg if all_of_them else os.kill)(running.process.pid, how)
