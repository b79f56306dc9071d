"""A Prefect server and a worker of a test's own, which may stop, die and come back."""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.integration.house import ROOT, Running, environment, free_port

#: Seconds for anything that the server or the worker is waited for.
PATIENCE = 200
UNDER_WAY = ("SCHEDULED", "PENDING", "RUNNING", "CANCELLING")


class Station:
    """folder: the server's home; what it knows stays there when it stops. settings: more settings of Prefect."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        port = free_port()
        self.settings = {
            "PREFECT_HOME": str(folder),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
        } | settings
        if sys.dont_write_bytecode:  # without any, each command compiles Prefect anew: twice the time
            self.settings["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        self.api = httpx.Client(base_url=self.settings["PREFECT_API_URL"], timeout=120, trust_env=False)
        self.started: list[Running] = []
        self.server = self.start_server()
        self.prefect("work-pool", "create", "paperhouse", "--type", "process")

    def _start(self, *arguments: str) -> Running:
        command = [sys.executable, "-m", "prefect", *arguments]
        self.started.append(Running(command, ROOT, environment(self.settings)))
        return self.started[-1]

    def start_server(self) -> Running:
        """Start it, or start it again with what it knew."""
        server = self._start("server", "start")
        server.wait_until(self._answers)
        return server

    def _answers(self) -> bool:
        try:
            return self.api.get("/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    def start_worker(self, *more: str) -> Running:
        """A worker in the checkout, as the operator starts it. more: options of the command."""
        return self._start("worker", "start", "--pool", "paperhouse", *more)

    def prefect(self, *arguments: str) -> None:
        """Run a command of Prefect to its end."""
        running = self._start(*arguments)
        running.wait().ok()
        running.close()
        self.started.remove(running)

    def deploy(self, file: Path, **deployments: Mapping[str, Any]) -> None:
        """Deploy some deployments of prefect.yaml under other names, each with some keys changed.

        deployments: by the new name: the keys that change, with ``like``: the name that it has in prefect.yaml.
        """
        content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
        known = {deployment["name"]: deployment for deployment in content["deployments"]}
        content["deployments"] = [
            {**known[changes["like"]], "name": name, **{key: changes[key] for key in changes if key != "like"}}
            for name, changes in deployments.items()
        ]
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        self.prefect("--no-prompt", "deploy", "--all", "--prefect-file", str(file))

    def post(self, path: str, **body: Any) -> Any:
        return answered(self.api, "POST", path, json=body)

    def run(self, deployment: str) -> str:
        """Start a run of ``flow/deployment``. Returns its id."""
        found = answered(self.api, "GET", f"/deployments/name/{deployment}")
        return str(self.post(f"/deployments/{found['id']}/create_flow_run")["id"])

    def state(self, flow_run_id: str) -> dict[str, Any]:
        """The state of a flow run, as the UI shows it."""
        state: dict[str, Any] = answered(self.api, "GET", f"/flow_runs/{flow_run_id}")["state"]
        return state

    def ended(self, flow_run_id: str) -> dict[str, Any]:
        """The state of a flow run once it has ended."""
        wait_until(lambda: self.state(flow_run_id)["type"] not in UNDER_WAY)
        return self.state(flow_run_id)

    def age(self, days: int, *flow_run_ids: str) -> None:
        """Let flow runs have ended so many days ago, in the server's own database: no request can."""
        ended = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(sqlite3.connect(self.folder / "prefect.db", timeout=30)) as con, con:
            for flow_run_id in flow_run_ids:
                changed = con.execute("UPDATE flow_run SET end_time = ? WHERE id = ?", [ended, flow_run_id]).rowcount
                assert changed == 1

    def refuse_artifacts(self) -> None:
        """Let the server's own database take no artifacts that have a key, so that it answers with an error."""
        refuse = "WHEN NEW.key IS NOT NULL BEGIN SELECT RAISE(ABORT, 'no artifacts'); END"
        with closing(sqlite3.connect(self.folder / "prefect.db", timeout=30)) as con, con:
            con.execute(f"CREATE TRIGGER no_artifacts BEFORE INSERT ON artifact {refuse}")

    def close(self) -> None:
        """End whatever still runs, the server last."""
        for running in reversed(self.started):
            running.close()
        self.api.close()


def answered(client: httpx.Client, method: str, path: str, **more: Any) -> Any:
    """What the server answers; it is asked again while its database is busy (503), as Prefect's own client does."""
    for attempt in range(10):
        response = client.request(method, path, **more)
        if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(0.2 * 2**attempt)
    response.raise_for_status()
    return response.json() if response.content else None


def wait_until(happened: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for something; fails where it takes too long."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.2)


def kill(processes: Mapping[int, str], part: str) -> int:
    """kill -9 those whose command line holds that part. Returns how many."""
    found = [process for process, command in processes.items() if part in command]
    for process in found:
        os.kill(process, signal.SIGKILL)
    return len(found)
