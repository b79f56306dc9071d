"""`paperhouse up` in a house, as a test starts it, looks at it and stops it."""

import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tests.integration.house import House, Running

#: Seconds for a server, a worker and a run on a busy machine.
PATIENCE = 200
#: Seconds in which everything has ended.
STOPPED_WITHIN = 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Up:
    """`paperhouse up` under way in a house, with the address of its server."""

    running: Running
    house: House
    url: str

    def says(self, *words: str) -> bool:
        """Whether all these stand in one line of what it has said so far."""
        return any(all(word in line for word in words) for line in self.lines())

    def lines(self) -> list[str]:
        return self.running.output().splitlines()

    def wait_until_it_says(self, *words: str) -> None:
        self.running.wait_until(lambda: self.says(*words), PATIENCE)

    def api(self, path: str, **body: Any) -> Any:
        return httpx.post(f"{self.url}/api{path}", json=body, trust_env=False, timeout=30).raise_for_status().json()

    def runs(self, *states: str) -> list[dict[str, Any]]:
        """The runs in these kinds of states."""
        return self._found(states)

    def ingests(self, *states: str) -> list[dict[str, Any]]:
        """Those of them that ingest; other flows may follow a load by themselves."""
        return self._found(states, flows={"name": {"any_": ["ingest"]}})

    def _found(self, states: Sequence[str], **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api(
            "/flow_runs/filter", flow_runs={"state": {"type": {"any_": states}}}, **more
        )
        return found

    def answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/api/health", trust_env=False, timeout=5).is_success
        return False

    def process(self, *words: str) -> int:
        """The one process whose command line has all these."""
        (found,) = [pid for pid, line in self.running.members().items() if all(word in line for word in words)]
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it as a user does; all that it started ends with it."""
        self.running.process.send_signal(number)
        ended = self.running.wait(STOPPED_WITHIN)
        assert (ended.code, ended.err) == (0, "")
        assert self.running.members() == {}


#: Settings of Prefect for a quick test.
SETTINGS = {"PREFECT_WORKER_QUERY_SECONDS": "1"}


def start(house: House, port: int | None = None) -> Up:
    port = port or free_port()
    return Up(house.start("up", "--port", str(port)), house, f"http://127.0.0.1:{port}")
