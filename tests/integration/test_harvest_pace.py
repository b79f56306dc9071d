"""How fast a harvest asks, and how much memory it takes."""

import os
import threading
import time
from collections.abc import Callable

import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services
from tests.integration.house import House
from tests.integration.test_harvest import CONTACT, configure, day

pytestmark = [pytest.mark.integration, pytest.mark.alone, pytest.mark.timeout(1800)]

RATE, PAPERS = 20, 200
#: Seconds that an answer takes.
LATENCY = 0.1
#: Seconds between two looks at the clock.
LOOK = 0.005
LONG = bool(os.environ.get("PAPERHOUSE_LONG"))
#: Records of the small and the large harvest, and what more of them may cost in megabytes: at its peak, that is while
#: DuckDB writes a checkpoint, for which it takes the more the fuller the last row group of a table is (122,880 rows).
FEW, MANY, MORE = (15_000, 50_000, 100) if LONG else (3_000, 9_000, 60)

#: Runs the command and writes the most memory that it, or any process it waited for, ever had (in kB).
MEASURED = """
import resource, sys
from flows.cli import main
try:
    main()
finally:
    kilobytes = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print("peak", *kilobytes, file=sys.stderr)
"""


class Stalls(threading.Thread):
    """Looks for how long at most this process, and the server in it, stood still; what came meanwhile piles up."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        last = time.monotonic()
        while not self._over.wait(LOOK):
            now = time.monotonic()
            self.longest, last = max(self.longest, now - last - LOOK), now

    def __enter__(self) -> "Stalls":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def test_the_allowed_rate_is_used_and_never_exceeded(serve: Callable[..., ApiServer], house: House) -> None:
    """A window of papers whose texts, references and entities are asked for, at services that take their time.

    What reaches a server within a second left within that second and the time that the server stood still.
    """
    library = Library.synthetic(PAPERS, first=str(day(20)), last=str(day(1)), full_text=True)
    server = serve(lambda request: time.sleep(LATENCY), *services(library))
    with Stalls() as stalls:
        configure(house, server, since=day(20), rate=RATE).ingest().ok()
    assert house.value("SELECT count(*) FROM papers") == PAPERS
    assert all(CONTACT in request.headers["User-Agent"] for request in server.requests)
    first_page, *rest = sorted(request.at for request in server.requests)  # before it nothing is known
    most, reached = server.most_in_a_second(), (len(rest) - 1) / (rest[-1] - rest[0])
    print(f"{len(rest)} requests, {reached:.2f} a second of {RATE} allowed, at most {most} in a second")
    print(f"the server stood still for {stalls.longest:.3f} s at most")
    assert len(rest) > PAPERS
    assert first_page < rest[0]
    assert most <= RATE * (1 + stalls.longest)
    assert reached >= 0.95 * RATE


@pytest.mark.slow
def test_memory_does_not_grow_with_the_records(serve: Callable[..., ApiServer], houses: Callable[[str], House]) -> None:
    """All of them in one window."""
    peaks = {}
    for count in (FEW, MANY):
        server = serve(*services(Library.synthetic(count, first=str(day(20)), last=str(day(1)))))
        house = configure(houses(f"of-{count}"), server, since=day(20), full_text=False, references=False, entities=[])
        ended = house.start("ingest", code=MEASURED).wait(1500).ok()
        *_, last = [line for line in ended.err.splitlines() if line.startswith("peak ")]
        own, parsers = (int(kilobytes) / 1024 for kilobytes in last.split()[1:])
        print(f"{count} records: the command {own:.0f} MB, its largest process {parsers:.0f} MB")
        peaks[count] = max(own, parsers)
        assert house.value("SELECT count(*) FROM papers") == count
        house.assert_sound()
        server.requests.clear()
    assert peaks[MANY] - peaks[FEW] < MORE
