"""The errors a user can meet, as one tree; the command line prints their one line and exits with their code.

PaperhouseError            exit 1
├── ConfigError            exit 2: the configuration is missing, broken or asks for what is not there
├── NoWarehouse            exit 2: nothing was published yet: run `paperhouse ingest`
├── StorageError           the disk is full or cannot be written: make room and run again
├── WriterBusy             another run writes this warehouse: wait for it
├── NewerWarehouse         the file was written by a newer Paperhouse: upgrade
├── OlderWarehouse         the file was published by an older Paperhouse: ingest or publish once
├── AlreadyUp              `paperhouse up` runs already, or something else has its port: stop that, or take another
├── PartDied               the server or the worker did not start: its log says why
├── CheckFailed            a check after the load found offending rows: the load was rolled back
└── SourceError            a source cannot go on: its topic fails, what was fetched before it still loads
    ├── Unreachable        no connection, a time-out, or 429/5xx after all retries: run again later
    │   └── TooSlow        answers drip in for minutes without an end: run again later
    └── BrokenArchive      an archive ends early or is damaged: fetch it anew
"""


class PaperhouseError(Exception):
    """Something a user can act on; its text is one line that says what, where and what to do."""

    exit_code = 1


class ConfigError(PaperhouseError):
    """The configuration cannot be used; the text names file, key and remedy."""

    exit_code = 2


class NoWarehouse(PaperhouseError):
    """There is no published warehouse yet."""

    exit_code = 2


class StorageError(PaperhouseError):
    """The disk is full, read only, or not ours to write."""


class WriterBusy(PaperhouseError):
    """Another run is writing this warehouse."""


class NewerWarehouse(PaperhouseError):
    """The warehouse was written by a newer version than this one."""


class OlderWarehouse(PaperhouseError):
    """The warehouse was published by an older version than this one."""


class AlreadyUp(PaperhouseError):
    """What `paperhouse up` would start is there already."""


class PartDied(PaperhouseError):
    """A process that `paperhouse up` started did not get ready."""


class CheckFailed(PaperhouseError):
    """A check after the load found rows that offend; the load was rolled back."""


class SourceError(PaperhouseError):
    """A source cannot go on; its topic fails."""


class Unreachable(SourceError):
    """The service does not answer, or answers 429 or 5xx after all retries; running again later may help."""


class TooSlow(Unreachable):
    """Answers begin and do not end in time; asked again they cost the same minutes, so this run does not."""


class BrokenArchive(SourceError):
    """An archive ends early or is damaged; the members before the damage were given."""
