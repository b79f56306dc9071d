"""Someone who reads the warehouse while others write it: ``python reading.py FILE STOP ASKS SECONDS``.

Asks the question of ``tests/integration/reader.py`` ASKS times on a connection, every so many seconds, then opens the
file anew, beside the old connection, which is closed after that; until the file STOP is there. Prints a line of JSON
for each connection: when it was about to be opened, by the clock that all processes share, and each different answer.
Plain DuckDB, nothing of ours: any error ends it.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from tests.integration.reader import QUESTION


def main() -> None:
    file, stop, asks, seconds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    before: duckdb.DuckDBPyConnection | None = None
    while not stop.exists():
        opened_at, answers = time.monotonic(), list[Any]()
        con = duckdb.connect(file, read_only=True)
        if before:
            before.close()
        for _ in range(asks):
            answer = con.execute(QUESTION).fetchall()
            if answer not in answers:
                answers.append(answer)
            time.sleep(seconds)
            if stop.exists():
                break
        print(json.dumps({"opened_at": opened_at, "answers": answers}), flush=True)
        before = con


if __name__ == "__main__":
    main()
