"""The vocabularies of the configuration: where each of them is, and its bytes, from a file or over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from schemas.config import Config
from schemas.errors import ConfigError, SourceError
from tasks.sources import wire
from tasks.sources.http import Answer, Service


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A vocabulary that is configured.

    name: its key below ``vocabularies``. location: path or URL, as configured. base: the folder that a path starts in.
    """

    name: str
    location: str
    base: Path

    @property
    def is_remote(self) -> bool:
        return self.location.startswith(("http://", "https://"))

    @property
    def path(self) -> Path:
        """Its file, where it is not remote."""
        return (self.base / Path(self.location.removeprefix("file://")).expanduser()).absolute()

    @property
    def address(self) -> str:
        """Its URL without secrets, or ``file:///...``."""
        return wire.shown(httpx.URL(self.location)) if self.is_remote else self.path.as_uri()


def configured(config: Config) -> Iterator[Vocabulary]:
    """The vocabularies that the configuration names, in its order. Raises: ConfigError for what is no address."""
    for name, location in config.vocabularies:
        if location:
            vocabulary = Vocabulary(name, location, config.base)
            _check(vocabulary, f"{config.file}: vocabularies.{name}")
            yield vocabulary


def _check(vocabulary: Vocabulary, where: str) -> None:
    if vocabulary.is_remote:
        try:
            httpx.URL(vocabulary.location)
        except httpx.InvalidURL as error:
            raise ConfigError(f"{where}: {vocabulary.location!r} is no URL: {error}; mend it") from None


def fetch(vocabulary: Vocabulary) -> bytes:
    """Its bytes. Raises: SourceError where there is no such file, or the service does not give it."""
    if vocabulary.is_remote:
        host, path = _split(vocabulary.location)
        with Service(vocabulary.name, host, follow_elsewhere=True) as service:
            return service.get(path, accept="text/tab-separated-values, */*", judge=_wrong).content
    try:
        return vocabulary.path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{vocabulary.path}: cannot be read: {error.strerror}; "
            f"mend vocabularies.{vocabulary.name}, a path or a URL, or put the file there"
        ) from None


def _split(url: str) -> tuple[str, str]:
    """``https://host`` and ``a/path?query`` of an address."""
    parts = url.split("/", 3)
    return "/".join(parts[:3]), parts[3] if len(parts) > 3 else ""


def _wrong(answer: Answer) -> str | None:
    return None if b"subject_id" in answer.content else "is no SSSOM table"
