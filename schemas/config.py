"""The configuration: the YAML of paperhouse.yaml as a pydantic model, and errors that name file, key and remedy."""

import difflib
import os
import re
import types
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    PositiveFloat,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from schemas.alarms import Alarms
from schemas.errors import ConfigError
from schemas.sources import PRECEDENCE, Describing

DEFAULT_FILE = "paperhouse.yaml"
TopicName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
SourceId = Annotated[str, Field(pattern=r"^\S{1,200}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _off(value: Any) -> Any:
    """YAML reads a bare off as false."""
    return "off" if value is False else value


class Warehouse(_Model):
    directory: Path = Field(Path("data"), description="Everything the pipeline writes lives below it")
    search: Annotated[Literal["full_text", "abstract", "off"], BeforeValidator(_off)] = Field(
        "full_text", description="What search() has an index of: full_text (and title and abstract), abstract, or off"
    )


class Service(_Model):
    """How to reach a public service, and how often."""

    base_url: HttpUrl = Field(description="Address of the service")
    requests_per_second: PositiveFloat = Field(3, le=10_000, description="Never more requests a second than this")
    contact: str | None = Field(None, description="Mail address told to the service in the User-Agent")


class EuropePmc(Service):
    base_url: HttpUrl = HttpUrl("https://www.ebi.ac.uk/europepmc/webservices/rest")
    requests_per_second: PositiveFloat = Field(5, le=10_000)


class Annotations(Service):
    base_url: HttpUrl = HttpUrl("https://www.ebi.ac.uk/europepmc/annotations_api")


class PubTator(Service):
    base_url: HttpUrl = HttpUrl("https://www.ncbi.nlm.nih.gov/research/pubtator3-api")


class Tomesphere(Service):
    base_url: HttpUrl = HttpUrl("https://tomesphere.com")


class Sources(_Model):
    """The services; the defaults are the public ones."""

    europepmc: EuropePmc = EuropePmc()
    annotations: Annotations = Annotations()
    pubtator: PubTator = PubTator()
    tomesphere: Tomesphere = Tomesphere()


class Vocabularies(_Model):
    mondo_mesh: str | None = Field(None, min_length=1, description="Path or URL of mondo_exactmatch_mesh.sssom.tsv")


class _Topic(_Model):
    name: TopicName = Field(description="Name of the topic: letters, digits, dot, dash, underscore")


class EuropePmcTopic(_Topic):
    """A search query, harvested incrementally."""

    source: Literal["europepmc"]
    query: str = Field(min_length=1, description="Query in Europe PMC's syntax")
    since: date = Field(date(2000, 1, 1), description="First day of changes to harvest")
    full_text: bool = Field(False, description="Fetch the full text of open-access papers")
    references: bool = Field(False, description="Fetch references where there is no full text")
    entities: list[Literal["pubtator", "europepmc"]] = Field([], description="Services asked for entities")


class TomesphereTopic(_Topic):
    """Markdown paper pages, by id over HTTP or from disk."""

    source: Literal["tomesphere"]
    ids: list[SourceId] = Field([], description="Ids of the pages, as PMC12259643")
    path: str | None = Field(None, min_length=1, description="File, folder or glob of pages on disk")

    @model_validator(mode="after")
    def _ids_or_path(self) -> "TomesphereTopic":
        if bool(self.ids) == bool(self.path):
            raise ValueError("give either ids (fetched over HTTP) or path (pages on disk)")
        return self


class JatsTopic(_Topic):
    """JATS XML from disk: files, globs, folders, archives, article sets."""

    source: Literal["jats"]
    path: str = Field(min_length=1, description="File, folder, glob or archive of JATS XML")


Topic = Annotated[EuropePmcTopic | TomesphereTopic | JatsTopic, Field(discriminator="source")]


class Merging(_Model):
    """Which source is believed where several tell of one paper."""

    order: list[Describing] = Field(
        list(PRECEDENCE), description="Sources, the most trusted first; those left out come after, in this order"
    )
    fields: dict[str, list[Describing]] = Field(
        {}, description="Another order for a column of papers, or for the table authors, references or sections"
    )

    @model_validator(mode="after")
    def _fields_exist(self) -> "Merging":
        if self.fields:
            from schemas.tables import MERGED  # heavy, and rarely needed

            wrong = next((name for name in self.fields if name not in MERGED), None)
            if wrong:
                raise ValueError(f"fields: papers take no {wrong!r} from a source{_nearest(wrong, MERGED)}")
        return self

    def order_of(self, field: str) -> list[str]:
        """All sources, the most trusted for this field first. How much of a date is known comes with the date."""
        field = field.removesuffix("_precision")
        return list(dict.fromkeys([*self.fields.get(field, []), *self.order, *PRECEDENCE]))


class Config(_Model):
    """A whole configuration file; ``file`` is where it was read from; relative paths start in its folder."""

    warehouse: Warehouse = Warehouse()
    sources: Sources = Sources()
    vocabularies: Vocabularies = Vocabularies()
    merging: Merging = Merging()
    alarms: Alarms = Alarms()
    topics: list[Topic] = Field(min_length=1, description="What to keep in the warehouse")
    _file: Path = PrivateAttr(Path(DEFAULT_FILE))

    @model_validator(mode="after")
    def _names_differ(self) -> "Config":
        names = [topic.name for topic in self.topics]
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled:
            raise ValueError(f"two topics are called {doubled!r}; give each its own name")
        return self

    @property
    def file(self) -> Path:
        return self._file

    @property
    def base(self) -> Path:
        """Folder of the configuration file: relative paths start there."""
        return self.file.parent

    @property
    def directory(self) -> Path:
        """The warehouse's folder, absolute."""
        return self.base / self.warehouse.directory.expanduser()

    def select(self, names: Sequence[str]) -> list[Topic]:
        """The named topics in the file's order, or all where no name is given.

        Raises: ConfigError for a name that no topic has.
        """
        known = [topic.name for topic in self.topics]
        for name in names:
            if name not in known:
                raise ConfigError(f"{self.file}: no topic is called {name!r}{_nearest(name, known)}")
        return [topic for topic in self.topics if not names or topic.name in names]


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML without the silent loss of a key that is written twice; dates stay text, for the model to judge."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # as its base has it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        keys = [self.construct_object(key, deep=True) for key in own]
        for key in keys:
            if keys.count(key) > 1:
                last = own[len(keys) - 1 - keys[::-1].index(key)]
                raise yaml.MarkedYAMLError(problem=f"key {key!r} is written twice", problem_mark=last.start_mark)
        return super().construct_mapping(node, deep=deep)


def locate(path: str | Path | None) -> Path:
    """The configuration file: ``path``, else what PAPERHOUSE_CONFIG names, else paperhouse.yaml in this folder."""
    return Path(path or os.environ.get("PAPERHOUSE_CONFIG") or DEFAULT_FILE).expanduser().absolute()


def load_config(path: str | Path | None = None) -> Config:
    """Read and validate the configuration (see ``locate`` for which file).

    Raises: ConfigError with one line that names the file, the key's path and the remedy.
    """
    file = locate(path)
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        raise ConfigError(
            f"{file}: no such configuration file; write one, or name it with --config or PAPERHOUSE_CONFIG"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"{file}: cannot be read: {what}; name a text file of YAML that you may read") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a tag that does not fit
        raise ConfigError(f"{file}: {_yaml_problem(error)}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{file}: the file holds no settings; it needs at least `topics:` with one topic")
    try:
        config = Config.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{file}: {_problem(error, content)}") from None
    config._file = file
    return config


def _yaml_problem(error: yaml.YAMLError | ValueError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"{where}not valid YAML: {what}; mend that line"


def _shown(given: str | int | float | bool) -> str:
    """A value for a message, without the name and password that an address may hold."""
    return re.sub(r"//[^/\s]*@", "//***@", repr(given))


def _problem(error: ValidationError, content: dict[str, Any]) -> str:
    """One thing that is wrong, as `key.path: what; remedy`: an unknown key before what it leaves missing."""
    first = min(error.errors(), key=lambda wrong: wrong["type"] != "extra_forbidden")
    location = [
        part  # without the tag that pydantic adds behind the index of a topic
        for part, before in zip(first["loc"], (None, *first["loc"]), strict=False)
        if not (isinstance(before, int) and part in _tags())
    ]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        key = str(location[-1])
        valid = _valid_keys(location[:-1], content)
        return f"{path}: unknown key{_nearest(key, valid) or '; valid keys: ' + ', '.join(valid)}{more}"
    if first["type"] == "missing":
        return f"{path}: is missing; add it{more}"
    if first["type"] == "union_tag_not_found":
        misspelt = difflib.get_close_matches("source", [str(key) for key in first["input"]], n=1)
        if misspelt:
            return f"{path}.{misspelt[0]}: unknown key; did you mean 'source'?{more}"
        return f"{path}.source: is missing; add one of {', '.join(_tags())}{more}"
    if first["type"] == "union_tag_invalid":
        tag = first["ctx"]["tag"]
        return f"{path}.source: unknown source {tag!r}; use one of {', '.join(_tags())}{more}"
    given = f"; got {_shown(first['input'])}" if isinstance(first["input"], str | int | float | bool) else ""
    return f"{path + ': ' if path else ''}{message}{given}{more}"


def _tags() -> list[str]:
    return [get_args(model.model_fields["source"].annotation)[0] for model in _topic_models()]


def _topic_models() -> tuple[type[_Topic], ...]:
    return (EuropePmcTopic, TomesphereTopic, JatsTopic)


def _valid_keys(location: Sequence[str | int], content: dict[str, Any]) -> list[str]:
    """The keys that are valid at a place of the file."""
    model: type[BaseModel] = Config
    value: Any = content
    for part in location:
        value = value[part]
        if isinstance(part, int):
            source = value.get("source") if isinstance(value, dict) else None
            model = next((topic for topic, tag in zip(_topic_models(), _tags(), strict=True) if tag == source), _Topic)
        elif part in model.model_fields:
            model = next(_models_in(model.model_fields[part].annotation), model)
    return list(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType):
        for inner in get_args(annotation):
            yield from _models_in(inner)


def _nearest(word: str, valid: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
