"""A Prefect server of the benchmark's own, which is not counted."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket


@contextmanager
def prefect_server(home: Path) -> Iterator[str]:
    """A server with a home of its own; the address of its API."""
    home.mkdir()
    port = free_port()
    env = os.environ | {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    with (home / "server.log").open("w") as log:
        command = [sys.executable, "-m", "prefect", "server", "start"]
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}/api"
    try:
        while not _answers(f"{url}/health"):
            if server.poll() is not None:
                raise RuntimeError(f"the Prefect server did not start: {(home / 'server.log').read_text()}")
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    with suppress(OSError):
        urllib.request.urlopen(url, timeout=5).close()
        return True
    return False
