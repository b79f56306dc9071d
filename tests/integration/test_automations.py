"""The automations on a real server: installed once, renewed when they change, and each fires when it should."""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.apis.server import ApiServer, Reply
from tests.integration import samples
from tests.integration.conftest import PrefectServer
from tests.integration.house import House, topic

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(240)]

NAMES = ["late run", "crashed run", "stuck run", "no successful run"]
#: The shortest times that the configuration takes: about ten seconds.
SHORT = {"late_minutes": 0.17, "stuck_hours": 0.003, "quiet_hours": 0.003}
PATIENCE = 120


@pytest.fixture
def api(prefect: PrefectServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=prefect.api_url, timeout=30, trust_env=False) as client:
        yield client
        for automation in post(client, "/automations/filter"):  # they must not watch other tests
            client.delete(f"/automations/{automation['id']}")


def post(api: httpx.Client, path: str, **body: Any) -> Any:
    """The answer; a server whose database is busy for a moment is asked again."""
    deadline = time.monotonic() + PATIENCE
    while (answer := api.post(path, json=body)).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.5)
    return answer.raise_for_status().json()


def said(names: Sequence[str], what: str = "") -> list[str]:
    return [f"{what}paperhouse: {name}" for name in names]


def test_they_are_installed_once_and_renewed_when_they_change(house: House, api: httpx.Client) -> None:
    house.configure(topic("a", "jats", "x"))
    *installed, note = house.run("automations").ok().out.splitlines()
    assert installed == said(NAMES, "installed: ")
    assert "alarms.webhook names no address" in note
    assert house.run("automations").ok().out.splitlines()[:-1] == said(NAMES, "unchanged: ")
    house.configure(topic("a", "jats", "x"), alarms={"automations": {"stuck_hours": 1}})
    renewed = house.run("automations").ok().out.splitlines()
    assert [line for line in renewed if line.startswith("renewed")] == said(["stuck run"], "renewed: ")
    found = post(api, "/automations/filter")
    assert sorted(automation["name"] for automation in found) == sorted(f"paperhouse: {name}" for name in NAMES)


def test_without_a_server_it_is_one_line(house: House) -> None:
    house.configure(topic("a", "jats", "x"))
    del house.env["PREFECT_API_URL"]
    ended = house.run("automations")
    assert ended.code == 1
    assert "set PREFECT_API_URL" in ended.line
    house.env["PREFECT_API_URL"] = "http://127.0.0.1:9/api"
    ended = house.run("automations")
    assert ended.code == 1
    assert "does not take the automations" in ended.line


def test_each_fires_and_tells_the_webhook(house: House, api: httpx.Client) -> None:
    with ApiServer([lambda request: Reply(b"{}")]) as hook:
        house.env["HOOK"] = f"{hook.base_url}/s3cr3t"
        house.configure(topic("a", "jats", "x"), alarms={"webhook": {"environment": "HOOK"}, "automations": SHORT})
        assert "s3cr3t" not in house.run("automations").ok().out
        time.sleep(2)  # until the server's triggers know them
        flow = post(api, "/flows/", name="ingest")["id"]
        begin = _starter(api, flow)
        stuck, crashed, good = begin("stuck", "RUNNING"), begin("crashed", "RUNNING"), begin("good", "RUNNING")
        late = begin("late", "SCHEDULED")
        other = _starter(api, post(api, "/flows/", name="another")["id"])("another", "RUNNING")
        for _ in range(2):  # as where the server's answer was lost
            _set(api, crashed, "CRASHED")
        _set(api, other, "CRASHED")
        _set(api, good, "COMPLETED")

        def messages(name: str) -> list[dict[str, Any]]:
            found = [json.loads(request.form) for request in hook.requests]
            return [message for message in found if message["alarms"][0]["alarm"] == f"paperhouse: {name}"]

        def told() -> set[tuple[str, str | None]]:
            return {(name, message["run"]) for name in NAMES for message in messages(name)}

        wanted = {("stuck run", "stuck"), ("crashed run", "crashed"), ("late run", "late")}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if wanted <= told() and "no successful run" in {name for name, _ in told()}:
                break
            time.sleep(1)
        assert {pair for pair in told() if pair[0] != "no successful run"} == wanted
        assert "no successful run" in {name for name, _ in told()}
        (message,) = messages("crashed run")
        assert message["run_id"] == crashed
        assert message["flow"] == "ingest"
        assert message["url"].endswith(f"/runs/flow-run/{crashed}")
        assert "the next one finishes its work" in message["text"]
        for run in (stuck, late):
            _set(api, run, "CANCELLED")


def test_a_run_that_says_itself_that_it_crashed_is_told_once(house: House, api: httpx.Client) -> None:
    """Its hook leaves it to the server, as long as that calls the same webhook."""
    samples.write(house.folder / "articles", samples.articles(range(1, 200)))
    with ApiServer([lambda request: Reply(b"{}")]) as hook:
        house.env["HOOK"] = f"{hook.base_url}/s3cr3t"
        house.configure(topic("a", "jats", "articles"), alarms={"webhook": {"environment": "HOOK"}})
        house.run("automations").ok()
        time.sleep(2)  # until the server's triggers know them

        def stop() -> list[tuple[str, list[str]]]:
            """Stop a run in the middle. Returns where was posted what by then, and who posted it."""
            shutil.rmtree(house.data, ignore_errors=True)
            hook.requests.clear()
            running = house.start("ingest")
            running.wait_until(lambda: (house.data / "landing").exists())
            running.stop(60)
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline and not any("/s3cr3t" in request.path for request in hook.requests):
                time.sleep(0.5)
            time.sleep(5)  # whoever else would post
            found = [(request.path, json.loads(request.form)) for request in hook.requests]
            assert {message["state"] for _, message in found} == {"Crashed"}
            return sorted((path, [alarm["alarm"] for alarm in message["alarms"]]) for path, message in found)

        of_the_server = ("/s3cr3t", ["paperhouse: crashed run"])
        assert stop() == [of_the_server]
        house.env["HOOK"] = f"{hook.base_url}/moved"
        assert stop() == [("/moved", []), of_the_server]


def _starter(api: httpx.Client, flow: str) -> Callable[[str, str], str]:
    def begin(name: str, state: str) -> str:
        due = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
        scheduled = {"type": "SCHEDULED", "state_details": {"scheduled_time": due}}
        run = post(api, "/flow_runs/", flow_id=flow, name=name, state=scheduled)["id"]
        if state != "SCHEDULED":
            _set(api, run, state)
        return str(run)

    return begin


def _set(api: httpx.Client, run: str, state: str) -> None:
    assert post(api, f"/flow_runs/{run}/set_state", state={"type": state}, force=True)["status"] == "ACCEPT"
