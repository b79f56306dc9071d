"""The house keeps its order: imports run flows -> tasks -> warehouse -> schemas, and only some files know Prefect."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Each room may import those before it.
ROOMS = ["schemas", "warehouse", "tasks", "flows"]
FILES = sorted(file.relative_to(ROOT) for room in ROOMS for file in (ROOT / room).rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it; a relative import begins with a dot."""
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (module, *(f"{module}.{name.name}" for name in node.names))


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_run_one_way(file: Path) -> None:
    room = file.parts[0]
    above = ROOMS[ROOMS.index(room) + 1 :]
    below_tasks = room == "tasks" and len(file.parts) > 2
    verbs = {f"tasks.{path.stem}" for path in (ROOT / "tasks").glob("*.py")} - {"tasks.__init__"}
    for module in imports(file):
        assert not module.startswith("."), f"{file} imports {module}: absolute imports only"
        assert module.split(".")[0] not in above, f"{file} imports {module}, which is above it"
        if below_tasks:
            assert module not in verbs, f"{file} imports {module}, which knows Prefect"
        if below_tasks or room in ("schemas", "warehouse"):
            assert module.split(".")[0] != "prefect", f"{file} imports Prefect"


def test_no_file_in_flows_hides_a_package() -> None:
    """Prefect loads flows/ingest.py with flows/ first on sys.path."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    taken = packages | sys.stdlib_module_names | {"prefect", "duckdb", "polars", "pandera", "pydantic", "rich", "httpx"}
    assert packages >= set(ROOMS)
    assert not taken & {path.stem for path in (ROOT / "flows").iterdir() if not path.stem.startswith("_")}


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        pytest.param("tasks.parsers.batch", {"prefect", "pandera", "duckdb", "polars"}, id="a parsing process"),
        pytest.param("flows.cli, flows.shell, warehouse.reading", {"prefect", "pandera", "polars"}, id="a query"),
    ],
)
def test_what_must_start_fast_imports_little(modules: str, heavy: set[str]) -> None:
    probe = f"import sys, {modules}; print(*{heavy} & {{*sys.modules}})"
    answer = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == []
