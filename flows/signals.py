"""End a command that is asked to end, by Ctrl-C or SIGTERM: with one line, an exit code of its own, and soon.

What was being written is safe at any moment: a load is one transaction, a document complete or absent.
"""

import os
import signal
import sys
import time
from functools import cache
from threading import Thread
from typing import NoReturn

#: Exit codes, as shells give them for these signals.
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
#: Seconds after which a run that is asked to end does so whatever it waits for, as a service that is silent.
GRACE = 4.0
#: The exit code for the signal that a run was told of.
_asked: list[int] = []


class AskedToEnd(KeyboardInterrupt):
    """Ctrl-C or SIGTERM. exit_code: what the command ends with."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code


def raise_when_asked() -> None:
    """Raise AskedToEnd on Ctrl-C and SIGTERM."""

    def ask(number: int, frame: object) -> NoReturn:
        raise AskedToEnd(CODES[signal.Signals(number)])

    for number in CODES:
        signal.signal(number, ask)


@cache  # one thread and one pipe, however many runs there are in the process
def end_soon_when_asked(own_server: bool) -> None:
    """See to it that a run ends GRACE seconds after it was asked to, whatever its threads wait for.

    own_server: it runs on Prefect's temporary server, which the same signal may have ended: it ends at once then, and
    ends the server, too. A thread is told of the signal, since Prefect has a handler of its own during a flow.
    """
    if own_server:
        for number in CODES:
            signal.signal(number, lambda number, _: _end(CODES[signal.Signals(number)], own_server))
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)

    def watch() -> None:
        while (number := os.read(told, 1)[0]) not in CODES:
            continue
        _asked.append(CODES[signal.Signals(number)])
        time.sleep(GRACE)
        _end(_asked[0], own_server)

    Thread(target=watch, daemon=True).start()


def asked_to_end() -> int | None:
    """The exit code for a run that was asked to end, whatever error that became: DuckDB makes it one of the query."""
    return _asked[0] if _asked else None


def _end(code: int, own_server: bool) -> NoReturn:
    """Say so and end, without waiting for any thread."""
    say_stopped()
    if own_server:
        from prefect.server.api.server import SubprocessASGIServer

        SubprocessASGIServer().stop()
    os._exit(code)


@cache  # once
def say_stopped() -> None:
    print("paperhouse: stopped; run it again to go on where it was", file=sys.stderr, flush=True)
