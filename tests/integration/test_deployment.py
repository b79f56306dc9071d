"""The deployments of prefect.yaml on a real server, and a worker that runs one of them."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from logging import ERROR, WARNING
from typing import Any

import httpx
import pytest
import yaml

from tests.integration import samples
from tests.integration.conftest import PrefectServer
from tests.integration.house import ROOT, House, Running, environment, topic
from tests.integration.samples import article, page, pmcid
from tests.integration.station import answered

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

SCHEDULED = ["nightly", "weekly-refresh", "weekly-sweep", "weekly-vocabularies"]
ON_DEMAND = ["on-demand", "backfill", "maintain", "publish", "after-load"]
#: It reads only, and waits for nobody.
READER = "after-load"
#: Seconds for a worker to take up a run and finish it.
PATIENCE = 150


class Api:
    """The server's API, as any client sees it."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def get(self, path: str) -> Any:
        return answered(self._client, "GET", path)

    def post(self, path: str, **body: Any) -> Any:
        return answered(self._client, "POST", path, json=body)

    def pause(self, deployment: dict[str, Any]) -> None:
        answered(self._client, "PATCH", f"/deployments/{deployment['id']}", json={"paused": True})

    def of_run(self, what: str, flow_run_id: str, **more: Any) -> list[dict[str, Any]]:
        """Task runs, artifacts or logs of a flow run."""
        place, condition = {
            "task_runs": ("flow_runs", {"id": {"any_": [flow_run_id]}}),
            "artifacts": ("artifacts", {"flow_run_id": {"any_": [flow_run_id]}}),
            "logs": ("logs", {"flow_run_id": {"any_": [flow_run_id]}}),
        }[what]
        found: list[dict[str, Any]] = self.post(f"/{what}/filter", **{place: condition}, **more)
        return found

    def ended_run(self, flow_run_id: str) -> dict[str, Any]:
        """Wait until a flow run has ended."""
        deadline = time.monotonic() + PATIENCE
        while (run := self.get(f"/flow_runs/{flow_run_id}"))["state_type"] in ("SCHEDULED", "PENDING", "RUNNING"):
            assert time.monotonic() < deadline, f"the run is still {run['state_name']}"
            time.sleep(0.5)
        return dict(run)


@pytest.fixture(scope="module")
def api(prefect: PrefectServer) -> Api:
    return Api(prefect.api_url)


@pytest.fixture(scope="module")
def deployments(prefect: PrefectServer, api: Api) -> dict[str, dict[str, Any]]:
    """The deployments by name, after the commands of prefect.yaml were run in the checkout."""
    for arguments in (
        ["work-pool", "create", "paperhouse", "--type", "process"],
        ["--no-prompt", "deploy", "--all"],
    ):
        command = [sys.executable, "-m", "prefect", *arguments]
        running = Running(command, ROOT, environment(prefect.settings))
        running.wait().ok()
        running.close()
    found = {deployment["name"]: deployment for deployment in api.post("/deployments/filter")}
    for deployment in found.values():  # the nightly run must not start on the checkout, should it be night here
        if deployment["schedules"]:
            api.pause(deployment)
    return found


@pytest.fixture(scope="module")
def worker(deployments: dict[str, dict[str, Any]], prefect: PrefectServer) -> Iterator[Running]:
    """A worker in the checkout, as the operator starts it."""
    settings = environment({**prefect.settings, "PREFECT_WORKER_QUERY_SECONDS": "1"})
    running = Running([sys.executable, "-m", "prefect", "worker", "start", "--pool", "paperhouse"], ROOT, settings)
    try:
        yield running
    finally:
        running.stop()
        running.close()


@dataclass(frozen=True)
class Deployed:
    """A run of ``ingest/on-demand`` that a worker has finished, and the house that it filled."""

    run: dict[str, Any]
    house: House


@pytest.fixture(scope="module")
def deployed(
    worker: Running, deployments: dict[str, dict[str, Any]], api: Api, lasting_houses: Callable[[str], House]
) -> Deployed:
    house = lasting_houses("deployed")
    samples.write(house.folder / "pages", {"1.md": page(1), "2.md": page(2)})
    samples.write(house.folder / "articles", {"3.xml": article(3), "bare.xml": article(4, title=None)})
    config = house.configure(topic("My.Pages", "tomesphere", "pages"), topic("articles", "jats", "articles"))
    deployment = api.get("/deployments/name/ingest/on-demand")
    run = api.post(f"/deployments/{deployment['id']}/create_flow_run", parameters={"config": str(config)})
    return Deployed(api.ended_run(run["id"]), house)


def test_prefect_yaml_is_what_prefects_own_model_describes() -> None:
    from prefect.cli.deploy import _models as models
    from prefect.cli.deploy._triggers import DeploymentTriggerAdapter

    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    models.PrefectYamlModel.model_validate(content)
    known = {field.alias or name for name, field in models.PrefectYamlModel.model_fields.items()}
    assert set(content) <= known | {"definitions"}  # the place for YAML anchors, which Prefect passes over
    for deployment in content["deployments"]:
        assert set(deployment) <= set(models.DeploymentConfig.model_fields)
        assert set(deployment["work_pool"]) <= set(models.WorkPoolConfig.model_fields)
        for schedule in deployment.get("schedules", []):
            models.RawScheduleConfig.model_validate(schedule)
        for trigger in deployment.get("triggers", []):
            DeploymentTriggerAdapter.validate_python({"name": deployment["name"], **trigger})
    assert content["pull"], "left out, the deployer's own folder is written in"


@pytest.mark.parametrize("name", SCHEDULED)
def test_scheduled_runs_go_by_the_clock(deployments: dict[str, dict[str, Any]], name: str) -> None:
    (schedule,) = deployments[name]["schedules"]
    assert len(schedule["schedule"]["cron"].split()) == 5
    assert schedule["active"]


def test_the_others_run_when_they_are_asked_to(deployments: dict[str, dict[str, Any]]) -> None:
    assert [name for name in ON_DEMAND if deployments[name]["schedules"]] == []


def test_runs_wait_for_the_writer_and_no_slot_holds_them_up(deployments: dict[str, dict[str, Any]]) -> None:
    for name, deployment in deployments.items():
        assert deployment["global_concurrency_limit"] is None
        assert deployment["parameters"] == ({} if name == READER else {"wait_seconds": 3600})


def test_every_deployment_is_known_here(deployments: dict[str, dict[str, Any]]) -> None:
    assert set(deployments) == {*SCHEDULED, *ON_DEMAND}


def test_the_form_of_a_run_explains_its_parameters(deployments: dict[str, dict[str, Any]]) -> None:
    for name, deployment in deployments.items():
        parameters = deployment["parameter_openapi_schema"]["properties"]
        assert set(parameters) >= ({"config"} if name == READER else {"config", "wait_seconds"})
        assert all(parameter.get("description") for parameter in parameters.values())


@pytest.mark.parametrize(("name", "model"), [("backfill", "Backfill"), ("maintain", "Maintenance")])
def test_a_dangerous_run_has_a_form_and_is_dry_by_default(
    deployments: dict[str, dict[str, Any]], name: str, model: str
) -> None:
    fields = deployments[name]["parameter_openapi_schema"]["definitions"][model]["properties"]
    assert fields["dry_run"]["default"] is True
    assert all(field.get("description") for field in fields.values())
    bounds = {"minimum", "exclusiveMinimum", "enum", "anyOf", "default", "type"}
    assert all(bounds & set(field) for field in fields.values())


def test_a_deployment_is_described_by_its_flow(deployments: dict[str, dict[str, Any]]) -> None:
    for name, deployment in deployments.items():
        assert deployment["description"], name
        assert "Args:" in deployment["description"]
    assert deployments["weekly-sweep"]["description"].startswith("Look for retractions and corrections")


def test_no_deployment_names_a_folder_of_the_deployer(deployments: dict[str, dict[str, Any]]) -> None:
    for deployment in deployments.values():
        assert str(ROOT) not in f"{deployment['pull_steps']} {deployment['path']} {deployment['job_variables']}"


def test_the_worker_completes_the_run_with_the_counts(deployed: Deployed) -> None:
    assert deployed.run["state_type"] == "COMPLETED", deployed.run["state"]["message"]
    assert deployed.run["state"]["message"] == "3 loaded, 0 unchanged, 1 rejected"


def test_the_rows_are_in_the_warehouse(deployed: Deployed) -> None:
    assert deployed.house.papers() == [pmcid(1), pmcid(2), pmcid(3)]
    assert deployed.house.counts() == {"My.Pages": ("done", 2, 2, 0, 0), "articles": ("done", 2, 1, 0, 1)}
    assert {run["flow_run_id"] for run in deployed.house.runs()} == {deployed.run["id"]}
    deployed.house.assert_sound()


def test_what_depends_on_a_load_runs_after_it(
    deployed: Deployed, api: Api, deployments: dict[str, dict[str, Any]]
) -> None:
    """The load says that there are new papers, and the server starts the examination of what was published."""
    deadline = time.monotonic() + PATIENCE
    of_it = {"deployment_id": {"any_": [deployments["after-load"]["id"]]}}
    while not (runs := api.post("/flow_runs/filter", flow_runs=of_it)):
        assert time.monotonic() < deadline, "nothing was started"
        time.sleep(0.5)
    (run,) = [api.ended_run(run["id"]) for run in runs]
    assert run["parameters"]["config"] == str(deployed.house.folder / "paperhouse.yaml")
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert run["state"]["message"] == "3 papers, all checks pass; 4 documents read back and unharmed"
    assert run["start_time"] > deployed.run["start_time"]


def test_the_next_run_reads_the_configuration_anew(
    deployed: Deployed, api: Api, deployments: dict[str, dict[str, Any]], lasting_houses: Callable[[str], House]
) -> None:
    """A topic is added, another is renamed; nobody deploys anything."""
    house = lasting_houses("reconfigured")
    deployed.house.copy(house.folder)
    config = house.configure(topic("Other.Pages", "tomesphere", "pages"), topic("more", "jats", "more"))
    samples.write(house.folder / "more", {"5.xml": article(5)})
    path = f"/deployments/{deployments['on-demand']['id']}/create_flow_run"
    run = api.ended_run(api.post(path, parameters={"config": str(config)})["id"])
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert house.papers() == [pmcid(1), pmcid(2), pmcid(3), pmcid(5)]
    assert set(house.counts()) == {"My.Pages", "articles", "Other.Pages", "more"}
    line = "topic articles is no longer in paperhouse.yaml; its papers stay: 1 of jats"
    deadline = time.monotonic() + 20
    while not (said := [log for log in api.of_run("logs", run["id"]) if log["message"].startswith(line)]):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert said[0]["level"] >= WARNING


def test_run_and_tasks_have_names_to_read(deployed: Deployed, api: Api) -> None:
    assert deployed.run["name"].startswith("all topics ")
    assert {"paperhouse", "on-demand"} <= set(deployed.run["tags"])
    tasks = {task["name"]: task for task in api.of_run("task_runs", deployed.run["id"])}
    for verb in ("fetch", "parse", "validate", "load"):
        for name in ("My.Pages", "articles"):
            (named,) = [task for task in tasks if task.startswith(f"{verb} ") and name in task]
            assert name in tasks[named]["tags"]
    assert any(task.startswith("publish") for task in tasks)
    assert {task["state_type"] for task in tasks.values()} == {"COMPLETED"}


def test_artifacts_show_progress_summary_and_rejects(deployed: Deployed, api: Api) -> None:
    artifacts = {artifact["key"]: artifact for artifact in api.of_run("artifacts", deployed.run["id"])}
    assert {key: artifact["type"] for key, artifact in artifacts.items()} == {
        "ingest-summary": "markdown",
        "ingest-rejects": "table",
        "papers-by-day": "image",
        "data-quality": "markdown",
        "warehouse-file": "markdown",  # a link
        "progress-my-pages": "progress",
        "progress-articles": "progress",
    }
    summary = artifacts["ingest-summary"]
    assert "| My.Pages | done | 2 | 2 | 0 | 0 |" in summary["data"]
    assert "| articles | done | 2 | 1 | 0 | 1 |" in summary["data"]
    assert "| My.Pages | 2 | 2 |" in summary["data"]  # written, and new
    assert "## New papers: 3" in summary["data"]
    assert f"- [{pmcid(1)}](https://pmc.ncbi.nlm.nih.gov/articles/{pmcid(1)}/): " in summary["data"]
    assert "| papers | title | not_nullable" in summary["data"]
    assert "## Slowest steps" in summary["data"]
    assert "](data:image/svg+xml;base64," in summary["data"]
    assert artifacts["papers-by-day"]["data"].startswith("data:image/svg+xml;base64,")
    assert "| articles | 2 | 50.0% |" in artifacts["data-quality"]["data"]
    assert artifacts["warehouse-file"]["data"].endswith(f"({(deployed.house.data / 'papers.duckdb').as_uri()})")
    assert "articles/bare.xml" in artifacts["ingest-rejects"]["data"]
    assert "title" in artifacts["ingest-rejects"]["data"]
    for key in ("progress-my-pages", "progress-articles"):
        assert float(artifacts[key]["data"]) == 100


def test_the_logs_are_on_the_server(deployed: Deployed, api: Api) -> None:
    deadline = time.monotonic() + 20  # a worker sends them in bundles
    said = "3 loaded, 0 unchanged, 1 rejected"
    while True:
        logs = api.of_run("logs", deployed.run["id"], sort="TIMESTAMP_ASC")
        if any(said in log["message"] for log in logs) or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert [log["name"] for log in logs if log["message"] == said] == ["prefect.flow_runs"]
    assert not [log["message"] for log in logs if log["level"] >= ERROR]


def test_the_writers_limit_is_there_and_free(deployed: Deployed, api: Api) -> None:
    limits = [limit for limit in api.post("/v2/concurrency_limits/filter") if "paperhouse-writer" in limit["name"]]
    assert limits
    assert {(limit["limit"], limit["active"], limit["active_slots"]) for limit in limits} == {(1, True, 0)}


def test_a_wrong_configuration_fails_the_run_with_the_same_line(
    deployed: Deployed, api: Api, deployments: dict[str, dict[str, Any]]
) -> None:
    gone = str(deployed.house.folder / "gone.yaml")
    path = f"/deployments/{deployments['on-demand']['id']}/create_flow_run"
    run = api.ended_run(api.post(path, parameters={"config": gone})["id"])
    assert run["state_type"] == "FAILED"
    assert gone in run["state"]["message"]
    assert "no such configuration file" in run["state"]["message"]
