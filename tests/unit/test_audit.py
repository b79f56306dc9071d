"""The audit of dependencies: known vulnerabilities fail it, accepted ones do not, and a silent database says so."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.apis.server import ApiServer, Reply, Request

ROOT = Path(__file__).parents[2]
FOUND = "GHSA-aaaa-bbbb-cccc"


def osv(request: Request) -> Reply | None:
    """A database that knows of one vulnerability, in lxml."""
    if request.path == "/v1/querybatch":
        asked = [query["package"]["name"] for query in json.loads(request.form)["queries"]]
        assert "prefect" in asked
        known = {"vulns": [{"id": FOUND, "modified": "2026-01-01T00:00:00Z"}]}
        answer: object = {"results": [known if name == "lxml" else {} for name in asked]}
    else:
        assert request.path == f"/v1/vulns/{FOUND}"
        day = "2026-01-01T00:00:00Z"
        answer = {"id": FOUND, "summary": "It bites.", "aliases": ["CVE-2026-1"], "modified": day, "published": day}
    return Reply(json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("accepted", "code", "words"),
    [
        pytest.param("# none\n", 1, [f"{FOUND} CVE-2026-1: It bites.", "lxml", "1 known"], id="none is accepted"),
        pytest.param(f"{FOUND}  we do not feed it\n", 0, ["0 known vulnerabilities, 1 accepted"], id="by its id"),
        pytest.param("CVE-2026-1 we do not feed it\n", 0, ["0 known", "1 accepted"], id="by another name"),
        pytest.param(f"{FOUND}\n", 2, [FOUND, "why"], id="without a reason"),
    ],
)
def test_a_known_vulnerability_fails_unless_it_is_accepted_with_a_reason(
    accepted: str, code: int, words: list[str], tmp_path: Path, serve: Callable[..., ApiServer]
) -> None:
    (tmp_path / "accepted.txt").write_text(accepted)
    done = audit(serve(osv).base_url, tmp_path / "accepted.txt")
    assert (done.returncode, done.stderr) == (code, "")
    assert [word for word in words if word not in done.stdout] == []


@pytest.mark.parametrize("answer", [None, Reply(b"busy", "text/plain", 503)], ids=["nobody", "busy"])
def test_a_database_that_cannot_be_asked_is_said_and_fails_nothing(
    answer: Reply | None, tmp_path: Path, serve: Callable[..., ApiServer]
) -> None:
    (tmp_path / "accepted.txt").write_text("")
    url = serve(lambda request: answer).base_url if answer else "http://127.0.0.1:9"
    done = audit(url, tmp_path / "accepted.txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert "could not be asked, so nothing is known: " in done.stdout


def audit(service: str, accepted: Path) -> subprocess.CompletedProcess[str]:
    if not Path(sys.executable).with_name("uv").exists():
        pytest.skip("uv is not in this environment")
    command = [sys.executable, ".ci/audit.py", "--service-url", service, "--accepted", str(accepted)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_every_locked_file_has_its_hash_and_comes_from_the_index() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    others = [package for package in lock["package"] if package["source"] != {"editable": "."}]
    files = [file for package in others for file in [*package.get("wheels", []), package.get("sdist")] if file]
    assert len(files) > len(others)
    assert {package["source"].get("registry") for package in others} == {"https://pypi.org/simple"}
    assert [file for file in files if not file["hash"].startswith("sha256:")] == []
    assert [file for file in files if not file["url"].startswith("https://files.pythonhosted.org/")] == []
    assert all(package.get("wheels") or package.get("sdist") for package in others)


def test_what_installs_is_locked_itself() -> None:
    lines = (ROOT / ".ci/uv.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "==" in line] == [lines[1]]
    assert len([line for line in lines if "--hash=sha256:" in line]) == len(lines) - 2
    for file in ("Makefile", "deploy/Dockerfile"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "--require-hashes" in text and "uv sync --frozen" in text
