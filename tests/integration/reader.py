"""Someone who reads the warehouse while others write it: ``python reader.py FILE STOP keep|reopen SECONDS``.

Asks one question every so many seconds until the file STOP is there, and prints each new answer as a line of JSON,
at last how often it asked. With ``keep`` on one connection for as long as it takes, with ``reopen`` on a new one each
time. Plain DuckDB, nothing of ours: any error ends it.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

#: How many rows each table holds of which edition, in one query and so of one state.
QUESTION = r"""
SELECT what, TRY_CAST(regexp_extract(mark, '\d+') AS INTEGER) AS edition, count(*) AS rows
FROM (
    SELECT 'papers' AS what, journal AS mark FROM papers
    UNION ALL SELECT 'authors', name FROM authors
    UNION ALL SELECT 'references', journal FROM main.references
    UNION ALL SELECT 'sections', regexp_extract(heading, 'edition \d+') FROM sections
)
GROUP BY ALL ORDER BY ALL
"""


def answers(file: str, stop: Path, keep: bool, seconds: float) -> Iterator[str]:
    con = duckdb.connect(file, read_only=True)
    while not stop.exists():
        yield json.dumps(con.execute(QUESTION).fetchall())
        time.sleep(seconds)
        if not keep:
            con.close()
            con = duckdb.connect(file, read_only=True)
    con.close()


def main() -> None:
    file, stop, how, seconds = sys.argv[1:]
    last, asked = "", 0
    for answer in answers(file, Path(stop), how == "keep", float(seconds)):
        asked += 1
        if answer != last:
            print(answer, flush=True)
        last = answer
    print(json.dumps(asked))


if __name__ == "__main__":
    main()
