"""Another commit beside this one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def checkout(commit: str, folder: Path) -> Iterator[Path]:
    """The files of a commit in a folder, for as long as it lasts. Raises: RuntimeError where it is unknown."""
    _git("worktree", "add", "--detach", str(folder), commit)
    try:
        yield folder
    finally:
        _git("worktree", "remove", "--force", str(folder))


def named(commit: str) -> str:
    """A commit as people see it: its short hash."""
    return _git("rev-parse", "--short", commit)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()
