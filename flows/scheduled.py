"""The commands of the flows that are usually scheduled: backfill, sweep, refresh, maintain, verify."""

import argparse
from collections.abc import Callable
from typing import Any

from schemas.errors import ConfigError

BACKFILL_EXAMPLES = """\
examples:
  paperhouse backfill nelm --from 2010                 count the papers of each window; nothing is fetched
  paperhouse backfill nelm --from 2010 --apply         fetch them, this year first; run it again to go on
  paperhouse backfill nelm --from 2010 --to 2014 --months 12 --apply
"""

MAINTAIN_EXAMPLES = """\
examples:
  paperhouse maintain                                  say what would be done
  paperhouse maintain --apply                          compact the warehouse file if it is worth it
  paperhouse maintain --landing-days 365 --server-days 90 --apply
"""

ASKING_EXAMPLES = """\
examples:
  paperhouse {name}                   the papers whose turn is longest ago
  paperhouse {name} --most 50000      more of them
"""


def add_commands(commands: Any, common: argparse.ArgumentParser, waiting: argparse.ArgumentParser) -> None:
    """Add the commands to those of ``paperhouse``. common: what all take; waiting: what those that write take."""

    def add(
        name: str, what: str, description: str, examples: str | None, writes: bool = True
    ) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = commands.add_parser(
            name,
            parents=[waiting if writes else common],
            help=what,
            description=description,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        return parser

    backfill = add("backfill", "fetch what a topic finds of earlier years", _BACKFILL, BACKFILL_EXAMPLES)
    backfill.add_argument("topic", metavar="TOPIC", help="a topic that is a search of Europe PMC")
    backfill.add_argument("--from", dest="first_year", metavar="YEAR", type=int, required=True, help="first year")
    backfill.add_argument("--to", dest="last_year", metavar="YEAR", type=int, help="last year (default: this year)")
    backfill.add_argument(
        "--months", type=int, choices=[1, 3, 6, 12], default=3, help="length of a window (default: 3)"
    )
    backfill.add_argument("--apply", action="store_true", help="do it; else the papers are only counted")

    for name, what, description in (
        ("sweep", "look for retractions and corrections of loaded papers", _SWEEP),
        ("refresh", "ask again for the entities of loaded papers", _REFRESH),
    ):
        asking = add(name, what, description, ASKING_EXAMPLES.format(name=name))
        asking.add_argument(
            "--most", metavar="PAPERS", type=int, help="papers to ask about (default: that of the deployment)"
        )

    maintain = add("maintain", "compact the warehouse, remove what is too old", _MAINTAIN, MAINTAIN_EXAMPLES)
    maintain.add_argument("--apply", action="store_true", help="do it; else it is only said what would be done")
    maintain.add_argument(
        "--compact-above", metavar="PART", type=float, help="rebuild the file where so much is free (default: 0.25)"
    )
    for name, what in (
        ("--landing-days", "remove landed documents that nothing refers to after so many days"),
        ("--snapshot-days", "remove the snapshot before the published one after so many days"),
        ("--server-days", "remove old flow runs, their logs and artifacts, from the Prefect server"),
    ):
        maintain.add_argument(name, metavar="DAYS", type=int, help=f"{what} (default: keep)")

    add("verify", "hold what is published against all checks", _VERIFY, None, writes=False)


def _backfill(options: argparse.Namespace) -> int:
    from schemas.parameters import Backfill

    given = _given(options, "topic", "first_year", "last_year", "months")
    wanted = _model(Backfill, given | {"dry_run": not options.apply})
    return _run("backfill", options, wanted=wanted)


def _sweep(options: argparse.Namespace) -> int:
    return _run("sweep", options, **_given(options, "most"))


def _refresh(options: argparse.Namespace) -> int:
    return _run("refresh", options, **_given(options, "most"))


def _maintain(options: argparse.Namespace) -> int:
    from schemas.parameters import Maintenance

    given = _given(options, "compact_above", "landing_days", "snapshot_days", "server_days")
    return _run("maintain", options, wanted=_model(Maintenance, given | {"dry_run": not options.apply}))


def _verify(options: argparse.Namespace) -> int:
    return _run("verify", options)


def _given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def _model(model: Any, values: dict[str, Any]) -> Any:
    """The parameters as their model. Raises: ConfigError with one line."""
    from pydantic import ValidationError

    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors()[0]
        option = f"--{str(first['loc'][0]).replace('_', '-')}: " if first["loc"] else ""
        raise ConfigError(f"{option}{first['msg'].removeprefix('Value error, ')}; see --help") from None


def _run(name: str, options: argparse.Namespace, **parameters: Any) -> int:
    from flows.run import run_flow

    if not 1 <= parameters.get("most", 1) <= 1_000_000:
        raise ConfigError("--most: give a number from 1 to 1,000,000")
    reads = name == "verify" or (name == "backfill" and parameters["wanted"].dry_run)
    return run_flow(name, options.config, None if reads else options.wait, **parameters)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "backfill": _backfill,
    "sweep": _sweep,
    "refresh": _refresh,
    "maintain": _maintain,
    "verify": _verify,
}

_BACKFILL = """\
Fetch what a topic's query finds of earlier years, in windows of publication days,
the newest first. What is done is written down by window: a run that is stopped is
finished by the next one. The watermark of `paperhouse ingest` stays as it is, and
an ingest that waits has its turn between two windows. `paperhouse status` says how
far it is, and how long the rest will take."""

_SWEEP = """\
Ask Europe PMC for the records of papers that are loaded, also of those that no topic
finds any more or that came as files, and load what changed: retractions, corrections,
expressions of concern. The papers asked about longest ago come first."""

_REFRESH = """\
Ask again for the entities of papers that are loaded, of the topics that want some:
annotations and PubTator's exports come late, and improve. A paper of which every
service says what it said before writes no row. The papers asked about longest ago
come first."""

_MAINTAIN = """\
Tidy up. Without --apply nothing is changed. Landed documents, snapshots and the
server's runs are kept for good unless a number of days is given; a landed document
that a paper, a rejected row or a retry refers to always is."""

_VERIFY = """\
Hold what is published against all checks, and read a sample of landed documents back.
It runs by itself after each load where the deployments of prefect.yaml are in use."""
