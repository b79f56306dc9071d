"""A process that parses: how it is set up before its first batch."""

import gc
import os
import signal
import threading
import time


def collect_seldom() -> None:
    """Let the garbage collector look seldom: what a batch makes has no cycles, and is freed without it."""
    gc.freeze()
    gc.set_threshold(100_000)


def follow_parent(parent: int) -> None:
    """Prepare a parsing process: Ctrl-C is its parent's to answer, and where that one dies, however, it ends too."""
    collect_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
