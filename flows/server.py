"""What `paperhouse up` asks a Prefect server over its API: is it there, is the pool served, what runs, what comes next.

Source: the REST API of Prefect 3, https://docs.prefect.io/v3/api-ref/rest-api.
"""

import errno
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

from schemas.errors import AlreadyUp, ConfigError

#: Kinds of states in which a run is over.
ENDED = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]
#: Scheduled runs that are looked through for the next one of each deployment.
LOOK_AHEAD = 200
#: Seconds in which a busy server is asked again.
RETRY_SECONDS = 120


@dataclass(frozen=True)
class FlowRun:
    """A run as the server tells of it. message: what its state says. at: when it ended, or is expected to start."""

    id: str
    name: str
    deployment_id: str | None
    state: str
    message: str
    at: datetime | None

    @property
    def well(self) -> bool:
        return self.state == "COMPLETED"


def _is_busy(error: BaseException) -> bool:
    """Whether the server took too long, or its database was locked by another request."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code == 503
    return isinstance(error, httpx.TimeoutException)


class Server:
    """A Prefect server. api_url: its address as PREFECT_API_URL has it. auth: user:password, where it asks for them."""

    def __init__(self, api_url: str, auth: str | None = None) -> None:
        self.api_url = api_url.rstrip("/")
        name, _, password = (auth or "").partition(":")
        self._client = httpx.Client(
            base_url=self.api_url, timeout=30, auth=httpx.BasicAuth(name, password) if auth else None
        )

    @property
    def ui(self) -> str:
        """The address of its UI."""
        return self.api_url.removesuffix("/api")

    def answers(self) -> bool:
        """Whether the API and the UI can be reached."""
        try:
            return all(self._client.get(url).is_success for url in ("/health", f"{self.ui}/"))
        except httpx.TransportError:
            return False

    def served(self, pool: str, since: datetime) -> bool:
        """Whether a worker has said since then that it serves the pool."""
        try:
            workers = self._post(f"/work_pools/{pool}/workers/filter")
        except httpx.HTTPStatusError:  # the worker makes the pool
            return False
        heard = (worker["last_heartbeat_time"] for worker in workers)
        return any(at and datetime.fromisoformat(at) > since for at in heard)

    def deployments(self, pool: str) -> dict[str, str]:
        """The deployments of a pool: names, as ingest/nightly, by id."""
        found = self._post("/deployments/filter", work_pools={"name": {"any_": [pool]}}, sort="NAME_ASC")
        flows = {flow["id"]: flow["name"] for flow in self._post("/flows/filter")}
        return {deployment["id"]: f"{flows[deployment['flow_id']]}/{deployment['name']}" for deployment in found}

    def start(self, deployment_id: str) -> FlowRun:
        """Have a deployment run now."""
        once = uuid4().hex  # asked again, a server that was too slow to answer does not make a second run
        path = f"/deployments/{deployment_id}/create_flow_run"
        return _flow_run(self._post(path, state={"type": "SCHEDULED"}, idempotency_key=once))

    def upcoming(self, deployments: list[str]) -> list[FlowRun]:
        """The next run of each deployment that has a schedule, the soonest first."""
        runs = self._runs(deployments, ["SCHEDULED"], "EXPECTED_START_TIME_ASC", LOOK_AHEAD)
        now = datetime.now(UTC)
        first: dict[str | None, FlowRun] = {}
        for run in runs:
            if run.at and run.at > now:
                first.setdefault(run.deployment_id, run)
        return list(first.values())

    def ended(self, deployments: list[str], since: datetime) -> list[FlowRun]:
        """The runs that ended since then, the first first."""
        runs = self._runs(deployments, ENDED, "END_TIME_DESC", LOOK_AHEAD)
        return [run for run in reversed(runs) if run.at and run.at > since]

    def close_interrupted(self, pool: str) -> list[FlowRun]:
        """Mark what seems to run as crashed. For a server that just started, and with it everything that runs on it."""
        runs = self._runs(list(self.deployments(pool)), ["RUNNING", "PENDING", "CANCELLING"], "ID_DESC", LOOK_AHEAD)
        for run in runs:
            state = {
                "type": "CRASHED",
                "name": "Crashed",
                "message": "Its process ended with the server or the machine.",
            }
            self._post(f"/flow_runs/{run.id}/set_state", state=state, force=True)
        return runs

    def _runs(self, deployments: list[str], states: list[str], sort: str, limit: int) -> list[FlowRun]:
        found = self._post(
            "/flow_runs/filter",
            flow_runs={"state": {"type": {"any_": states}}},
            deployments={"id": {"any_": deployments}},
            sort=sort,
            limit=limit,
        )
        return [_flow_run(run) for run in found]

    @retry(
        retry=retry_if_exception(_is_busy),
        wait=wait_random_exponential(max=5),
        stop=stop_after_delay(RETRY_SECONDS),
        reraise=True,
    )
    def _post(self, path: str, **body: Any) -> Any:
        return self._client.post(path, json=body).raise_for_status().json()


def _flow_run(run: dict[str, Any]) -> FlowRun:
    at = run["end_time"] or run["expected_start_time"]
    state = run["state"] or {}
    return FlowRun(
        run["id"],
        run["name"],
        run["deployment_id"],
        run["state_type"],
        state.get("message") or "",
        datetime.fromisoformat(at) if at else None,
    )


def address(host: str, port: int) -> str:
    """The address of a server that listens there; one that listens everywhere is reached on this machine."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{reached}:{port}"


def refuse_taken(host: str, port: int) -> None:
    """Raises: AlreadyUp where something listens there already; ConfigError where nothing can."""
    try:
        family, kind, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise ConfigError(f"--host {host} --port {port}: nothing can listen there: {error.strerror}") from None
        url = f"{address(host, port)}/api"
        prefect = Server(url).answers()
        use = f"a Prefect server; set PREFECT_API_URL={url} to use it" if prefect else "another program; stop it"
        raise AlreadyUp(f"port {port} of {host} is taken by {use}, or name another port with --port") from None
