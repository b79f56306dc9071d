"""Set up everything on one machine, and keep it up: Prefect's server, the deployments, and a worker that runs them."""

import os
import signal
import socket
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import httpx

from flows.parts import Part, adopt_orphans, bury_orphans, end_runs, kill_leftovers, say
from flows.server import FlowRun, Server, address, refuse_taken
from schemas.config import Config, load_config
from schemas.errors import AlreadyUp, NoWarehouse, PaperhouseError, PartDied, StorageError
from tasks.sources.catalogue import check_topic
from warehouse.claims import claim
from warehouse.disk import storage_errors
from warehouse.layout import Layout
from warehouse.lookup import lookup
from warehouse.reading import open_published

#: The checkout: prefect.yaml lies there, and runs load their flow from there.
ROOT = Path(__file__).resolve().parents[1]
#: The work pool that prefect.yaml names.
POOL = "paperhouse"
#: What runs first where nothing was loaded yet.
FIRST = "ingest/on-demand"
#: Runs at the same time, of which one writes; each takes its memory.
RUNS = 4

#: Seconds that may pass until each is ready, on a slow machine.
SERVER_READY, WORKER_READY, DEPLOYED = 180.0, 120.0, 300.0
#: Seconds to end in, before it is killed. A run says that it crashed, then ends; a load is one transaction.
RUN_ENDS, ENDS = 30.0, 20.0
#: Seconds between two looks at the parts, and at what ran.
LOOK, NEWS = 0.5, 3.0
#: A log that has grown beyond this is put aside (one old one is kept) at the next start.
LOG_BYTES = 20_000_000

#: Settings of Prefect; what the user has set counts.
_SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "5",
    "PREFECT_CLI_COLORS": "false",
}


def run_up(config: str | None, host: str, port: int) -> int:
    """Start all that a schedule needs, say what runs, and stop it again with Ctrl-C or SIGTERM. Returns 0 then.

    A server that is configured (PREFECT_API_URL, or a profile of Prefect) is used, and none is started.
    Raises: PaperhouseError where something does not start; what was started is stopped again.
    """
    settings = load_config(config)
    for topic in settings.topics:
        check_topic(settings, topic)
    if not (ROOT / "prefect.yaml").is_file():
        raise PaperhouseError(f"{ROOT}: no prefect.yaml; `paperhouse up` runs from a checkout of Paperhouse")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    adopt_orphans()
    layout = Layout(settings.directory)

    def refuse(holder: str) -> AlreadyUp:
        return AlreadyUp(f"{layout.directory}: {holder}; stop that one first")

    installation = Installation(settings, layout, host, port)
    with claim(layout.up_lock, f"`paperhouse up` with {installation.server.ui}", "runs already", refuse):
        try:
            installation.start()
            installation.look_after()
        except KeyboardInterrupt:
            return 0
        except httpx.HTTPError as error:
            said = str(error).partition("\n")[0]
            raise PartDied(f"{installation.server.api_url}: {said}; its log may say why") from error
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            installation.stop()


class Installation:
    """Server, worker and deployments of one configuration."""

    def __init__(self, settings: Config, layout: Layout, host: str, port: int) -> None:
        self.settings, self.layout = settings, layout
        configured = configured_server()
        self.starts_server = configured is None
        self.host, self.port = host, port
        self.environment = environment(settings, layout, host, port, configured)
        self.server = Server(self.environment["PREFECT_API_URL"], self.environment.get("PREFECT_API_AUTH_STRING"))
        self.deployments: dict[str, str] = {}
        self.parts: list[Part] = []
        self.since = datetime.now(UTC)
        self.told: set[tuple[str, str]] = set()

    def start(self) -> None:
        """Start the parts one after another, with a line for each."""
        say("configuration", f"{self.settings.file}, {len(self.settings.topics)} topics")
        say("warehouse", str(self.layout.directory))
        with storage_errors(self.layout.directory):
            self.layout.logs.mkdir(parents=True, exist_ok=True)
        self._start_server()
        self._start_worker()
        self._deploy()
        self._start_first_run()
        if self.starts_server:
            say("elsewhere", f"export PREFECT_API_URL={self.server.api_url}, for the prefect command")
        say("up", f"{self.server.ui}; Ctrl-C stops everything")

    def _start_server(self) -> None:
        if not self.starts_server:
            if not self.server.answers():
                raise PartDied(
                    f"{self.server.api_url} does not answer, and Prefect is configured to use it; start that server, "
                    "or unset PREFECT_API_URL to have one started here"
                )
            say("server", f"{self.server.ui}, which PREFECT_API_URL or a profile of Prefect names; none is started")
            return
        refuse_taken(self.host, self.port)
        server = self._part("server", "server", "start")
        took = server.wait_until(self.server.answers, SERVER_READY)
        say("server", f"{self.server.ui} answers after {took:.0f} s, log {server.log}")
        for run in self.server.close_interrupted(POOL):
            say("interrupted", f"{run.name} had died with its machine; the next run finishes its work")

    def _start_worker(self) -> None:
        started = datetime.now(UTC)
        name = f"{POOL} on {socket.gethostname()}"
        serve = ["worker", "start", "--pool", POOL, "--type", "process", "--name", name, "--limit", str(RUNS)]
        worker = self._part("worker", *serve)
        took = worker.wait_until(lambda: self.server.served(POOL, started), WORKER_READY)
        say("worker", f"serves the pool {POOL!r} after {took:.0f} s, log {worker.log}")

    def _deploy(self) -> None:
        """Let Prefect bring what prefect.yaml says to the server; it is brought up to date where it is there."""
        deploy = self._part("deployment", "--no-prompt", "deploy", "--all")
        deploy.finish(DEPLOYED)
        self.parts.remove(deploy)
        self.deployments = self.server.deployments(POOL)
        say("deployments", ", ".join(self.deployments.values()))

    def _start_first_run(self) -> None:
        """Nobody should wait for the night to see whether it works."""
        if has_loaded(self.layout):
            return
        first = next(id_ for id_, name in self.deployments.items() if name == FIRST)
        run = self.server.start(first)
        say("first run", f"{FIRST} starts now, since nothing is loaded yet: {self.server.ui}/runs/flow-run/{run.id}")

    def look_after(self) -> None:
        """Until someone stops it: start again what dies, and say what ran and what comes next."""
        next_news = 0.0
        while True:
            for part in self.parts:
                part.look_after()
            bury_orphans(self.parts)
            if time.monotonic() >= next_news:
                with suppress(httpx.HTTPError):  # the server may be down for a moment; it is being looked after
                    self._tell_news()
                next_news = time.monotonic() + NEWS
            time.sleep(LOOK)

    def _tell_news(self) -> None:
        for run in self.server.ended(list(self.deployments), self.since):
            if self._is_news(run):
                say("run", f"{run.name}: {run.state.lower()}{': ' if run.message else ''}{run.message}")
                if not run.well:
                    say("", f"see {self.server.ui}/runs/flow-run/{run.id}")
        for run in self.server.upcoming(list(self.deployments)):
            if self._is_news(run):
                say("next", f"{self.deployments[run.deployment_id or '']} {when(run)}")

    def _is_news(self, run: FlowRun) -> bool:
        """Whether this state of a run was not told yet."""
        news = (run.id, run.state)
        is_new = news not in self.told
        self.told.add(news)
        return is_new

    def stop(self) -> None:
        """Stop what was started: runs first, which say so in their state, then the worker, then the server."""
        if not self.parts:
            return
        say("stopping", "a run that is under way is marked as crashed; the next one finishes its work")
        end_runs(self.parts, RUN_ENDS, [os.getpid()])
        for part in reversed(self.parts):
            part.stop(ENDS)
        kill_leftovers()
        say("stopped", "`paperhouse up` starts it again")

    def _part(self, name: str, *arguments: str) -> Part:
        part = Part(name, prefect(*arguments), ROOT, self.environment, self._log(name))
        self.parts.append(part)
        part.start()
        return part

    def _log(self, name: str) -> Path:
        log = self.layout.logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".old.log"))
        return log


def environment(settings: Config, layout: Layout, host: str, port: int, configured: str | None) -> dict[str, str]:
    """The environment of server, worker and runs: ours, with what they need. configured: the API of another server."""
    ours = _SETTINGS | dict(os.environ) | {"PAPERHOUSE_CONFIG": str(settings.file)}
    if configured:
        return ours | {"PREFECT_API_URL": configured}
    api_url = f"{address(host, port)}/api"
    return (
        {"PREFECT_HOME": str(layout.prefect.resolve())}
        | ours
        | {
            "PREFECT_API_URL": api_url,
            "PREFECT_SERVER_API_HOST": host,
            "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_SERVER_UI_API_URL": "/api",  # of whatever name the browser knows this machine by
        }
    )


def configured_server() -> str | None:
    """The API that PREFECT_API_URL or the active profile of Prefect names."""
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    return str(url) if url else None


def prefect(*arguments: str) -> list[str]:
    """The command line of Prefect's own command."""
    return [sys.executable, "-m", "prefect", *arguments]


def has_loaded(layout: Layout) -> bool:
    """Whether a run has ever gone through for one of the topics."""
    try:
        with open_published(layout) as con:
            return any(run["status"] == "done" for run in lookup(con, "last_runs"))
    except (NoWarehouse, StorageError, duckdb.Error):
        return False


def when(run: FlowRun) -> str:
    """When a run starts, as `2026-11-27 02:30 UTC, in 15 h 39 min`."""
    if run.at is None:
        return "at an unknown time"
    minutes = max(0, round((run.at - datetime.now(UTC)) / timedelta(minutes=1)))
    return f"{run.at:%Y-%m-%d %H:%M} UTC, in {minutes // 60} h {minutes % 60} min"
