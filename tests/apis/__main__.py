"""Runs the services by hand: ``python -m tests.apis --corpus DIR --port 8800``; ``--help`` tells the rest."""

import argparse
import signal
from pathlib import Path

from tests.apis.chance import KINDS, RandomFaults, Restless
from tests.apis.library import Library
from tests.apis.server import ApiServer, Service
from tests.apis.services import services
from tests.apis.tomesphere import pages


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.apis", description="The public services, on loopback.")
    content = parser.add_argument_group("content (at least one)")
    content.add_argument("--corpus", type=Path, help="folder of JATS articles, Europe PMC records and pages")
    content.add_argument("--synthetic", type=int, metavar="N", help="N made-up records instead of a corpus")
    content.add_argument("--pages", type=Path, help="folder of tomesphere pages, {id}.md")
    content.add_argument("--first", default="2024-01-01", metavar="DAY", help="of the update dates (%(default)s)")
    content.add_argument("--last", default="2025-12-31", metavar="DAY", help="of the update dates (%(default)s)")
    parser.add_argument("--port", type=int, default=8800, help="0: any free one")
    parser.add_argument("--faults", type=float, default=0, metavar="RATE", help="share of requests that go wrong")
    parser.add_argument("--seed", type=int, default=0, help="of the faults and of made-up records")
    parser.add_argument("--kinds", default=",".join(KINDS), help="faults that may happen (default: %(default)s)")
    parser.add_argument(
        "--changes", type=float, default=0, metavar="RATE", help="share of searches during which a record is updated"
    )
    parser.add_argument("--in-a-row", type=int, default=3, metavar="N", help="most faults in a row for one address")
    parser.add_argument("--log", type=Path, help="file that takes a JSON object for each request")
    options = parser.parse_args()
    if not (options.corpus or options.synthetic or options.pages):
        parser.error("give --corpus, --synthetic or --pages")
    for folder in filter(None, (options.corpus, options.pages)):
        if not folder.is_dir():
            parser.error(f"{folder} is no folder")
    for name in ("faults", "changes"):
        if not 0 <= getattr(options, name) <= 1:
            parser.error(f"--{name} is a share, from 0 to 1")
    if unknown := set(options.kinds.split(",")) - set(KINDS):
        parser.error(f"--kinds: no such faults: {', '.join(sorted(unknown))}")
    served: list[Service] = []
    if options.pages:
        served.append(pages(options.pages))
    if options.corpus or options.synthetic:
        library = (
            Library.from_corpus(options.corpus, options.first, options.last)
            if options.corpus
            else Library.synthetic(options.synthetic, options.seed, options.first, options.last, full_text=True)
        )
        restless = Restless(library, options.changes, options.seed) if options.changes else None
        served += services(library, on_search=restless)
    kinds = options.kinds.split(",")
    chance = RandomFaults(options.faults, options.seed, kinds=kinds, in_a_row=options.in_a_row)
    server = ApiServer(served, options.port, options.log, chance if options.faults else None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"serving {options.corpus or options.synthetic or options.pages} at {server.base_url}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
