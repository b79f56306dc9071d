"""The arguments of the ``paperhouse`` command, and what its --help teaches."""

import argparse
from datetime import date

from flows import scheduled

EXAMPLES = """\
examples:
  paperhouse ingest                                   all topics of paperhouse.yaml
  paperhouse ingest --config my.yaml --topic nelm     one topic of another configuration
  paperhouse up                                       the same every night, with a UI to watch it
  paperhouse sql "SELECT title FROM papers LIMIT 5"   ask the published warehouse
  paperhouse sql                                      a prompt to ask it more
  paperhouse status                                   what is loaded, when, and what was set aside
  paperhouse page PMC12259643                         a paper as a Markdown page
  paperhouse export --format parquet --to papers      all tables as files, with a description
  paperhouse backfill nelm --from 2010                what a topic finds of earlier years
"""

PAGE_EXAMPLES = """\
examples:
  paperhouse page PMC12259643                         as on a reading list
  paperhouse page 40666553 --full > paper.md          by PMID, with full text and references
  paperhouse page https://doi.org/10.3389/fsurg.2025.1603704
"""

EXPORT_EXAMPLES = """\
examples:
  paperhouse export --format parquet --to papers-parquet        for R, pandas, polars, Spark
  paperhouse export --format csv --to papers-csv                lists are JSON text in their cells
  paperhouse export --format jsonl --to new --since 2025-07-01  what was updated since
"""


def parser() -> argparse.ArgumentParser:
    """The command line as a whole."""
    whole = argparse.ArgumentParser(
        prog="paperhouse",
        description="Keep a researcher's literature as a DuckDB warehouse.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", metavar="FILE", help="configuration file (default: $PAPERHOUSE_CONFIG, else paperhouse.yaml here)"
    )

    waiting = argparse.ArgumentParser(add_help=False, parents=[common])
    waiting.add_argument(
        "--wait",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="wait so long for another run that writes (default: 0)",
    )

    ingest = commands.add_parser(
        "ingest",
        parents=[waiting],
        help="fetch what is new, load it, publish the warehouse",
        description="Run the ingest flow once. Rejected rows do not fail it; a topic that cannot be fetched does.",
    )
    ingest.add_argument("--topic", metavar="NAME", action="append", default=[], help="only this topic; may be repeated")
    ingest.add_argument("--full-refresh", action="store_true", help="parse and load what is unchanged, too")

    up = commands.add_parser(
        "up",
        parents=[common],
        help="run by schedule: server, worker and deployments on this machine",
        description="Start a Prefect server, the deployments of prefect.yaml and a worker on this machine, and keep "
        "them up until Ctrl-C. Where nothing was loaded yet an ingest starts at once. A server that PREFECT_API_URL "
        "names is used instead of a new one.",
    )
    up.add_argument("--host", default="127.0.0.1", help="where the server listens (default: %(default)s)")
    up.add_argument("--port", type=_port, default=4200, help="of the server and its UI (default: %(default)s)")

    sql = commands.add_parser(
        "sql",
        parents=[common],
        help="run SQL on the published warehouse, read only",
        description="Run SQL on the published warehouse, read only. Without a query it opens a prompt.",
    )
    sql.add_argument("query", nargs="?", help="a SELECT, or any statement that reads")
    sql.add_argument("--format", choices=["table", "csv", "json", "markdown"], default="table", help="default: table")

    page = commands.add_parser(
        "page",
        parents=[common],
        help="a paper as a Markdown page",
        description="Write a paper of the published warehouse to standard output as a Markdown page: title, authors, "
        "summary, abstract and entities. Such a page can be ingested again (source tomesphere).",
        epilog=PAGE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    page.add_argument("id", metavar="ID", help="any id of the paper: PMCID, PMID, DOI or paper_id")
    page.add_argument("--full", action="store_true", help="with the full text and the reference list")

    status = commands.add_parser("status", parents=[common], help="what is loaded, last runs, watermarks, rejects")
    status.add_argument("--json", action="store_true", help="as JSON")

    rejects = commands.add_parser("rejects", parents=[common], help="what was set aside, and why")
    rejects.add_argument("--json", action="store_true", help="as JSON, with the rows")
    rejects.add_argument(
        "--replay",
        action="store_true",
        help="parse and validate them again from the stored documents, load what passes",
    )

    export = commands.add_parser(
        "export",
        parents=[common],
        help="all tables as files, with a description",
        description="Write every table of the published warehouse to a folder, as it is, with a Frictionless Data "
        "Package description (datapackage.json). The folder appears complete or not at all; an earlier export in it is "
        "replaced, anything else is left alone.",
        epilog=EXPORT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    export.add_argument("--format", choices=["parquet", "csv", "jsonl"], required=True, help="of the files")
    export.add_argument("--to", metavar="DIR", required=True, help="a new folder, or that of an earlier export")
    export.add_argument(
        "--since",
        metavar="DATE",
        type=_date,
        help="only papers updated on that day (UTC) or later, as 2025-07-01, with their rows in the other tables",
    )
    export.add_argument(
        "--for-spreadsheets",
        action="store_true",
        help="CSV: an apostrophe before each text that a spreadsheet may take for a formula",
    )

    commands.add_parser(
        "vocabularies",
        parents=[waiting],
        help="refresh the vocabularies that link concepts",
        description="Fetch the vocabularies of the configuration anew, load what changed, and link the papers whose "
        "links change. An ingest does so by itself for one that was never loaded.",
    )

    withdraw = commands.add_parser(
        "withdraw",
        parents=[common],
        help="take back all that a source said",
        description="Take back all that a source said. Papers of which other sources tell stay, made of what those "
        "said; the others go. Its documents stay landed, and the next ingest of its topics loads them anew: remove "
        "these from the configuration first.",
    )
    withdraw.add_argument("source", choices=["jats", "tomesphere", "europepmc"], help="the source")

    scheduled.add_commands(commands, common, waiting)
    commands.add_parser(
        "automations",
        parents=[common],
        help="install what the Prefect server watches",
        description="Install, or renew, the automations on the configured Prefect server: it reports runs that are "
        "late, crashed or stuck, and that no run succeeded for long (alarms.automations), to alarms.webhook.",
    )
    commands.add_parser("publish", parents=[common], help="publish a new snapshot of what is loaded")
    commands.add_parser("doctor", parents=[common], help="check configuration, disk, server and database")
    return whole


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2025-07-01") from None


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port; name one from 1 to 65535")
