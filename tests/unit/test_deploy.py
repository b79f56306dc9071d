"""The files of deploy/ hold together: with systemd's own check, with the checkout, and with each other."""

import os
import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows import up

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*/*.service"))
COMPOSE = [DEPLOY / "compose.yaml", DEPLOY / "compose.postgres.yaml"]


def read_unit(file: Path) -> dict[str, dict[str, list[str]]]:
    """Sections, keys and their values, of which a key may have several."""
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(file, encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    return {
        section: {key: re.findall(rf"^{key}=(.*)$", text, re.MULTILINE) for key in parser[section]}
        for section in parser.sections()
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: f"{unit.parent.name}/{unit.stem}")
def test_systemd_finds_no_fault(unit: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    for file in unit.parent.glob("*.service"):
        text = file.read_text(encoding="utf-8")
        here = re.sub(r"(?:/opt|%h)/paperhouse/\.venv/bin/\w+", shutil.which("true") or "/bin/true", text)
        (tmp_path / file.name).write_text(here, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)]
    checked = subprocess.run(command, capture_output=True, text=True, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"})
    complaints = [line for line in checked.stderr.splitlines() if "paperhouse" in line]
    assert (checked.returncode, complaints) == (0, [])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: f"{unit.parent.name}/{unit.stem}")
def test_a_unit_starts_what_there_is_and_stops_it_in_time(unit: Path) -> None:
    service = read_unit(unit)["Service"]
    (start,) = service["ExecStart"]
    assert re.fullmatch(r"\S+/\.venv/bin/(paperhouse up|prefect server start)", start)
    if start.endswith("paperhouse up"):
        assert service["KillMode"] == ["mixed"], "it stops its parts in their order by itself"
        assert int(service["TimeoutStopSec"][0]) > up.RUN_ENDS + 2 * up.ENDS


def test_worker_and_server_agree_about_the_address() -> None:
    server, worker = (
        " ".join(read_unit(DEPLOY / f"systemd/system/paperhouse-{name}.service")["Service"]["Environment"])
        for name in ("server", "worker")
    )
    (port,) = re.findall(r"PREFECT_SERVER_API_PORT=(\d+)", server)
    assert f"PREFECT_API_URL=http://127.0.0.1:{port}/api" in worker


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services of compose.yaml with those of compose.postgres.yaml merged in, one level deep."""
    merged: dict[str, dict[str, Any]] = {}
    for file in COMPOSE:
        for name, service in yaml.safe_load(file.read_text(encoding="utf-8"))["services"].items():
            into = merged.setdefault(name, {})
            for key, value in service.items():
                into[key] = into.get(key, {}) | value if isinstance(value, dict) else value
    return merged


def test_services_depend_on_what_can_be_healthy(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[other]


def test_the_worker_reaches_the_server_by_its_name(services: dict[str, dict[str, Any]]) -> None:
    port = services["server"]["environment"]["PREFECT_SERVER_API_PORT"]
    assert services["worker"]["environment"]["PREFECT_API_URL"] == f"http://server:{port}/api"
    assert services["server"]["ports"] == [f"127.0.0.1:{port}:{port}"], "without a password, for this machine only"


def test_every_volume_is_declared(services: dict[str, dict[str, Any]]) -> None:
    declared = {name for file in COMPOSE for name in yaml.safe_load(file.read_text(encoding="utf-8"))["volumes"]}
    used = {volume.partition(":")[0] for service in services.values() for volume in service["volumes"]}
    assert {name for name in used if not name.startswith(".")} == declared


def test_the_image_holds_what_runs_and_nothing_else() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    }
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in copied)
    assert copied >= {"flows", "tasks", "warehouse", "schemas", "prefect.yaml", "uv.lock"}
    assert [line for line in lines if line.startswith("USER ")] == ["USER paperhouse"]
    assert all("--frozen --no-dev" in line for line in lines if "uv sync" in line)


@pytest.mark.parametrize("files", [COMPOSE[:1], COMPOSE], ids=["alone", "with PostgreSQL"])
def test_compose_finds_no_fault(files: list[Path]) -> None:
    if not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("no docker compose here")
    named = [word for file in files for word in ("-f", str(file))]
    command = ["docker", "compose", *named, "config", "--quiet"]
    settings = os.environ | {"POSTGRES_PASSWORD": "x"}
    checked = subprocess.run(command, capture_output=True, text=True, env=settings)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_up_serves_the_pool_of_all_deployments_and_knows_the_first() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {deployment["work_pool"]["name"] for deployment in deployments} == {up.POOL}
    names = {f"{deployment['entrypoint'].rpartition(':')[2]}/{deployment['name']}" for deployment in deployments}
    assert up.FIRST in names
