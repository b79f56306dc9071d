"""Run a flow from the command line, on the configured Prefect server or on a temporary one."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

from flows.signals import end_soon_when_asked
from flows.terminal import say_error
from schemas.config import Config, load_config
from schemas.errors import PaperhouseError
from tasks.memory import share_heaps
from tasks.sources.catalogue import check_topic
from warehouse.disk import storage_errors
from warehouse.layout import Layout
from warehouse.store import writer_lock

Kind = TypeVar("Kind")

#: More than the database of a temporary server begins with.
SERVER_BYTES = 4 << 20

#: What Prefect needs to start its own server in peace; what the user has set counts.
_PREFECT = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PYTHONWARNINGS": "ignore:resource_tracker",  # what a process that is ended at once leaves to its keeper
}


def run_ingest(config: str | None, topics: list[str], full_refresh: bool, wait_seconds: float) -> int:
    """Run the flow once and print its summary. Returns the exit code.

    Raises: PaperhouseError where the flow could not begin.
    """
    settings = load_config(config)
    for topic in settings.select(topics):
        check_topic(settings, topic)
    _prepare(settings, None if wait_seconds else "paperhouse ingest")

    from prefect import tags

    from flows.ingest import ingest
    from flows.summary import Summary, print_summary
    from flows.topics import gone_topics

    with _server_errors(), tags("cli", *(topic.name for topic in settings.select(topics))):
        state = ingest(str(settings.file), topics, full_refresh, wait_seconds, return_state=True)
    summary = _outcome_of(state, Summary, "ingest")
    print_summary(summary)
    for line in gone_topics(settings):
        print(f"paperhouse: {line}", file=sys.stderr)
    return 1 if summary.failed or summary.fails else 0


def run_flow(name: str, config: str | None, wait_seconds: float | None, **parameters: Any) -> int:
    """Run one of the other flows, ``flows/<name>.py:<name>``, and print what came of it. Returns the exit code.

    wait_seconds: how long to wait for another run that writes; None for a flow that only reads.
    Raises: PaperhouseError where the flow could not begin.
    """
    settings = load_config(config)
    _prepare(settings, f"paperhouse {name}" if wait_seconds == 0 else None)
    if wait_seconds is not None:
        parameters["wait_seconds"] = wait_seconds

    from prefect import tags

    from flows.outcome import Outcome

    flow = getattr(import_module(f"flows.{name}"), name)
    with _server_errors(), tags("cli"):
        state = flow(config=str(settings.file), return_state=True, **parameters)
    outcome = _outcome_of(state, Outcome, name)
    for line in outcome.lines:
        print(line)
    if outcome.message not in "; ".join(outcome.lines):
        print(outcome.message)
    for error in outcome.errors:
        say_error(f"paperhouse: {error}")
    return 1 if outcome.errors else 0


def _prepare(settings: Config, who: str | None) -> None:
    """Make sure that Prefect starts in peace and, for one who writes, that nobody else does. Raises: WriterBusy.

    who: who wants to write; None for one who waits, or only reads.
    """
    if who:
        with writer_lock(Layout(settings.directory), who):
            pass  # worth starting a server for
    share_heaps()  # before Prefect, which starts threads
    for name, value in _PREFECT.items():
        os.environ.setdefault(name, value)
    if sys.stderr.isatty():
        print("starting Prefect ...", file=sys.stderr)
    own_server = not os.environ.get("PREFECT_API_URL")
    if own_server:
        _check_room_for_server()
    end_soon_when_asked(own_server)


def _check_room_for_server() -> None:
    """A server that cannot write its database would never be ready. Raises: StorageError."""
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    with storage_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home) as probe:
            os.posix_fallocate(probe.fileno(), 0, SERVER_BYTES)


@contextmanager
def _server_errors() -> Iterator[None]:
    """Say in one line that there is no Prefect server: what a flow itself raises comes back as its state."""
    import httpx

    try:
        yield
    except (RuntimeError, httpx.HTTPError) as error:
        server = os.environ.get("PREFECT_API_URL") or "the temporary Prefect server"
        said = str(error).strip().partition("\n")[0] or type(error).__name__
        raise PaperhouseError(f"{server}: {said}; is it up, and PREFECT_API_URL right? Then run again") from error


def _outcome_of(state: Any, kind: type[Kind], flow: str) -> Kind:
    """What a flow returned. Raises: the PaperhouseError that it ended with, or one that tells of another error."""
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, kind):
        return outcome
    if isinstance(outcome, BaseException) and not isinstance(outcome, PaperhouseError):
        raise PaperhouseError(f"the {flow} failed: {outcome!r}; `paperhouse doctor` may know more") from outcome
    raise outcome
