"""The SQL of the warehouse lies in .sql files with names; this finds and reads them."""

from importlib.resources import files
from itertools import takewhile


def sql_files(folder: str) -> list[str]:
    """Names of the .sql files in a folder of this package, sorted."""
    return sorted(file.name for file in (files("warehouse") / folder).iterdir() if file.name.endswith(".sql"))


def read_sql(folder: str, name: str) -> str:
    """The text of a .sql file of this package."""
    return (files("warehouse") / folder / name).read_text(encoding="utf-8")


def head_comment(folder: str, name: str) -> str:
    """The comment that a .sql file begins with, as one line: what it is for."""
    lines = read_sql(folder, name).splitlines()
    return " ".join(line.removeprefix("-- ") for line in takewhile(lambda line: line.startswith("--"), lines))
