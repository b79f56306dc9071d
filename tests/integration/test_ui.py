"""What a user sees in the Prefect UI after `paperhouse up`: the run, its artifacts, the schedules, the forms."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.parameters import Backfill
from tests.integration.browser import Browser
from tests.integration.house import ROOT, House
from tests.integration.up import SETTINGS, Up, start

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(540)]

#: Pictures that Prefect's own pages ask for and its server does not have.
MISSING_PICTURES = ("favicon.ico", "/ico/undefined.svg")


@pytest.fixture(scope="module")
def browser(up: Up, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(up.url, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """The demo, loaded by the first run of `paperhouse up`."""
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        pytest.skip("no Chromium here: install the packages chromium and chromium-driver")
    house = House(tmp_path_factory.mktemp("ui"), SETTINGS)
    shutil.copytree(ROOT / "demo", house.folder / "demo")
    shutil.copy(ROOT / "paperhouse.yaml", house.folder)
    up = start(house)
    try:
        up.wait_until_it_says("run ", "completed: 12 loaded")
        up.wait_until_it_says("next", "ingest/nightly")
        yield up
        up.stop()
    finally:
        house.close()


@pytest.fixture
def run(up: Up) -> dict[str, Any]:
    (run,) = up.ingests("COMPLETED")
    return run


@pytest.fixture
def deployments(up: Up) -> dict[str, str]:
    """Ids of the deployments, by name."""
    return {deployment["name"]: deployment["id"] for deployment in up.api("/deployments/filter")}


@pytest.fixture(autouse=True)
def console(browser: Browser) -> Iterator[None]:
    """Holds that no page of a test complained in its console."""
    browser.errors()
    yield
    assert browser.errors(passed=MISSING_PICTURES) == []


def test_a_run_shows_its_tasks_and_its_log(browser: Browser, run: dict[str, Any], up: Up) -> None:
    tasks = up.api("/task_runs/count", flow_runs={"id": {"any_": [run["id"]]}})
    browser.open(f"/runs/flow-run/{run['id']}", run["name"], "Completed", f"{tasks} Task runs", "on-demand")
    assert browser.find("canvas").size["height"] > 100  # the graph is drawn, not written
    browser.wait_for("Beginning flow run", "Finished in state Completed", "fetch sample-pages")
    browser.photograph("run")
    browser.click("Task Runs")
    browser.wait_for("fetch sample-pages", "load sample-articles", "publish")


def test_a_run_leaves_its_summary_and_its_rejects(browser: Browser, run: dict[str, Any], up: Up) -> None:
    browser.open(f"/runs/flow-run/{run['id']}", run["name"])
    browser.click("Artifacts")
    browser.wait_for("ingest-summary", "ingest-rejects", "progress-sample-pages")
    browser.open("/artifacts/key/ingest-summary", "What the run did, and what is new")
    open_artifact(browser, up, "ingest-summary", "sample-articles", "sample-pages", "12", "New papers", "Slowest steps")
    assert_pictures_are_shown(browser)
    browser.photograph("report")


def test_a_run_leaves_its_picture_its_progress_and_its_data_quality(browser: Browser, up: Up) -> None:
    open_artifact(browser, up, "papers-by-day", "Papers written in the last")
    assert_pictures_are_shown(browser)
    open_artifact(browser, up, "progress-sample-pages", "Topic sample-pages: batches loaded", "100")
    open_artifact(browser, up, "data-quality", "Data quality", "full text")
    assert_pictures_are_shown(browser)
    browser.photograph("quality")


def open_artifact(browser: Browser, up: Up, key: str, *texts: str) -> None:
    """Go to the page of the newest artifact of that key."""
    (newest,) = up.api("/artifacts/latest/filter", artifacts={"key": {"any_": [key]}})
    browser.open(f"/artifacts/artifact/{newest['latest_id']}", *texts)


def assert_pictures_are_shown(browser: Browser) -> None:
    """Each picture in the content of the page was read and drawn."""
    browser.find("img[src^='data:image/svg+xml']")
    widths = "return [...document.querySelectorAll('img[src^=\"data:\"]')].map(image => image.naturalWidth)"
    assert all(width > 100 for width in browser.driver.execute_script(widths))


def test_the_deployments_show_their_schedules(browser: Browser, deployments: dict[str, str], up: Up) -> None:
    browser.open("/deployments", "nightly", "on-demand", "Ready", "Schedules")
    browser.photograph("deployments")
    browser.open(f"/deployments/deployment/{deployments['nightly']}", "Next Run", "Schedules", "02:30:00 AM")
    browser.click("Description")
    (nightly,) = up.api("/deployments/filter", deployments={"id": {"any_": [deployments["nightly"]]}})
    browser.wait_for(nightly["description"].splitlines()[0])


def test_the_form_of_a_run_explains_each_parameter(browser: Browser, deployments: dict[str, str]) -> None:
    browser.open(
        f"/deployments/deployment/{deployments['on-demand']}/run",
        "Configuration file; PAPERHOUSE_CONFIG or paperhouse.yaml where it is empty.",
        "Names of the topics to ingest; all of them where it is empty.",
        "full_refresh",
        "3600",
    )
    browser.photograph("form")


def test_the_form_of_a_backfill_has_its_bounds(browser: Browser, deployments: dict[str, str]) -> None:
    described = Backfill.model_json_schema()["properties"]
    browser.open(
        f"/deployments/deployment/{deployments['backfill']}/run",
        *(field["description"] for field in described.values()),
    )
    browser.photograph("backfill")
