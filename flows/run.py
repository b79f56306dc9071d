"""Run a flow from the command line, on the configured Prefect server or on a temporary one."""

import os
import signal
import sys

from schemas.config import Config, load_config
from schemas.errors import PaperhouseError
from tasks.sources.catalogue import check_topic
from tasks.sources.vocabularies import configured
from warehouse.layout import Layout
from warehouse.store import writer_lock

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
    _prepare_prefect(settings, wait_seconds)

    from prefect import tags

    from flows.ingest import ingest
    from flows.summary import Summary, print_summary

    _answer_signals()
    with tags("cli", *(topic.name for topic in settings.select(topics))):
        state = ingest(str(settings.file), topics, full_refresh, wait_seconds, return_state=True)
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, Summary):
        print_summary(outcome)
        return 1 if outcome.failed else 0
    if isinstance(outcome, BaseException) and not isinstance(outcome, PaperhouseError):
        raise PaperhouseError(f"the ingest failed: {outcome!r}; `paperhouse doctor` may know more") from outcome
    raise outcome


def run_vocabularies(config: str | None, wait_seconds: float) -> int:
    """Run the flow that refreshes vocabularies, and print what became of each. Returns the exit code.

    Raises: PaperhouseError where the flow could not begin.
    """
    settings = load_config(config)
    if not any(configured(settings)):
        print(f"{settings.file} names no vocabularies")
        return 0
    _prepare_prefect(settings, wait_seconds)

    from prefect import tags

    from flows.vocabularies import vocabularies

    _answer_signals()
    with tags("cli"):
        state = vocabularies(str(settings.file), wait_seconds, return_state=True)
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, PaperhouseError):
        raise outcome
    if isinstance(outcome, BaseException):
        raise PaperhouseError(f"the refresh failed: {outcome!r}; `paperhouse doctor` may know more") from outcome
    for result in outcome:
        if result.error:
            print(f"paperhouse: {result.one_line()}", file=sys.stderr)
        else:
            print(result.one_line())
    return 1 if any(result.error for result in outcome) else 0


def _prepare_prefect(settings: Config, wait_seconds: float) -> None:
    """Set what Prefect needs before it is imported. Raises: WriterBusy where it is not worth starting a server."""
    if not wait_seconds:
        with writer_lock(Layout(settings.directory), "paperhouse"):
            pass
    for name, value in _PREFECT.items():
        os.environ.setdefault(name, value)
    if sys.stderr.isatty():
        print("starting Prefect ...", file=sys.stderr)


def _answer_signals() -> None:
    """Let SIGTERM end a run like Ctrl-C; on a temporary server at once, since the same signal may have ended that.

    What was being written is safe: a load is one transaction, a document complete or absent.
    """
    if os.environ.get("PREFECT_API_URL"):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return
    from prefect.server.api.server import SubprocessASGIServer

    def end_at_once(number: int, frame: object) -> None:
        print("paperhouse: stopped; run it again to go on where it was", file=sys.stderr, flush=True)
        SubprocessASGIServer().stop()
        os._exit(130 if number == signal.SIGINT else 143)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end_at_once)
