"""The SQL of the warehouse lies in .sql files with names; this finds and reads them."""

import hashlib
from functools import cache
from importlib.resources import files
from itertools import takewhile


def sql_files(folder: str) -> list[str]:
    """Names of the .sql files in a folder of this package, sorted."""
    return sorted(file.name for file in (files("warehouse") / folder).iterdir() if file.name.endswith(".sql"))


def read_sql(folder: str, name: str) -> str:
    """The text of a .sql file of this package."""
    return (files("warehouse") / folder / name).read_text(encoding="utf-8")


@cache
def sql_hash(*folders: str) -> str:
    """A hash of all .sql files of some folders, to notice that this version's say something else."""
    sql = "".join(read_sql(folder, name) for folder in folders for name in sql_files(folder))
    return hashlib.sha256(sql.encode()).hexdigest()


def newest_migration() -> int:
    """The number of the newest migration that this version knows."""
    return int(sql_files("migrations")[-1][:4])


def literal(text: str) -> str:
    """Text as a literal of SQL, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def head_comment(folder: str, name: str) -> str:
    """The comment that a .sql file begins with, as one line: what it is for."""
    lines = read_sql(folder, name).splitlines()
    return " ".join(line.removeprefix("-- ") for line in takewhile(lambda line: line.startswith("--"), lines))
