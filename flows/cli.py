"""The ``paperhouse`` command: reads its arguments, calls what they name, and ends with one line where that fails.

Heavy imports (Prefect, polars, pandera) wait until a command needs them.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from flows import scheduled
from flows.arguments import parser
from flows.signals import AskedToEnd, asked_to_end, raise_when_asked, say_stopped
from flows.terminal import say_error
from schemas.errors import PaperhouseError


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 done, 1 failed, 2 bad configuration or arguments."""
    options = parser().parse_args(arguments)
    raise_when_asked()
    try:
        sys.exit(_COMMANDS[options.command](options))
    except PaperhouseError as error:
        if code := asked_to_end():
            say_stopped()
            sys.exit(code)
        say_error(f"paperhouse: {error}")
        sys.exit(error.exit_code)
    except AskedToEnd as asked:
        say_stopped()
        sys.exit(asked.exit_code)
    except BrokenPipeError:  # `paperhouse sql ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _ingest(options: argparse.Namespace) -> int:
    from flows.run import run_ingest

    return run_ingest(options.config, options.topic, options.full_refresh, options.wait)


def _up(options: argparse.Namespace) -> int:
    from flows.up import run_up

    return run_up(options.config, options.host, options.port)


def _sql(options: argparse.Namespace) -> int:
    from flows.shell import prompt, run_query
    from schemas.config import load_config
    from warehouse.layout import Layout
    from warehouse.reading import open_published

    with open_published(Layout(load_config(options.config).directory)) as con:
        if options.query is None:
            return prompt(con, options.format)
        return run_query(con, options.query, options.format)


def _page(options: argparse.Namespace) -> int:
    from flows.page import show_page

    return show_page(options.config, options.id, options.full)


def _status(options: argparse.Namespace) -> int:
    from flows.status import show_status

    return show_status(options.config, options.json)


def _rejects(options: argparse.Namespace) -> int:
    from flows.status import replay_rejects, show_rejects

    if options.replay:
        return replay_rejects(options.config)
    return show_rejects(options.config, options.json)


def _export(options: argparse.Namespace) -> int:
    from flows.export import export

    return export(options.config, options.format, options.to, options.since, options.for_spreadsheets)


def _vocabularies(options: argparse.Namespace) -> int:
    from flows.run import run_flow

    return run_flow("vocabularies", options.config, options.wait)


def _withdraw(options: argparse.Namespace) -> int:
    from flows.status import withdraw_source

    return withdraw_source(options.config, options.source)


def _automations(options: argparse.Namespace) -> int:
    from flows.automations import install

    return install(options.config)


def _publish(options: argparse.Namespace) -> int:
    from schemas.config import load_config
    from warehouse.layout import Layout
    from warehouse.publish import publish
    from warehouse.store import writer_lock

    layout = Layout(load_config(options.config).directory)
    with writer_lock(layout, "paperhouse publish"):
        print(f"published {publish(layout)}")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from flows.doctor import examine

    return examine(options.config)


_COMMANDS = {
    "ingest": _ingest,
    "up": _up,
    "sql": _sql,
    "page": _page,
    "status": _status,
    "rejects": _rejects,
    "export": _export,
    "vocabularies": _vocabularies,
    "withdraw": _withdraw,
    "automations": _automations,
    "publish": _publish,
    "doctor": _doctor,
    **scheduled.COMMANDS,
}
