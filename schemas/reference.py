"""Write the configuration reference: every key, its default and meaning, from the models that validate them."""

from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from schemas import config

_INTRODUCTION = """\
# Configuration

Written by `make docs` from `schemas/config.py`; do not edit it by hand.

A configuration is one YAML file. `--config FILE` names it, else the environment variable `PAPERHOUSE_CONFIG`, else
it is `paperhouse.yaml` in the current folder. A relative path in it is relative to the file's own folder. An unknown
key, a wrong type, a key that is written twice, or a path that matches nothing ends with one line that names the file,
the key and the remedy, and exit code 2.

```yaml
warehouse:
  directory: data
sources:
  tomesphere: {requests_per_second: 2, contact: you@example.org}
topics:
  - name: reading-list
    source: tomesphere
    ids: [PMC12259643]
  - name: local-articles
    source: jats
    path: articles/**/*.xml
```
"""

_SECTIONS: dict[str, tuple[str, type[BaseModel]]] = {
    "`warehouse`": ("Where the warehouse lies.", config.Warehouse),
    "`sources.europepmc`": ("", config.EuropePmc),
    "`sources.annotations`": ("", config.Annotations),
    "`sources.pubtator`": ("", config.PubTator),
    "`sources.tomesphere`": ("", config.Tomesphere),
    "`vocabularies`": ("Mapping sets that link concepts; see docs/linking.md.", config.Vocabularies),
    "`merging`": ("", config.Merging),
    "`topics`, source: tomesphere": ("", config.TomesphereTopic),
    "`topics`, source: jats": ("", config.JatsTopic),
    "`topics`, source: europepmc": ("", config.EuropePmcTopic),
}


def configuration_reference() -> str:
    """The reference as Markdown."""
    parts = [_INTRODUCTION]
    for heading, (text, model) in _SECTIONS.items():
        meaning = text or " ".join((model.__doc__ or config.Service.__doc__ or "").split())
        rows = ["| key | default | meaning |", "| --- | --- | --- |"]
        for name, field in model.model_fields.items():
            rows.append(f"| `{name}` | {_default(field.default)} | {_meaning(model, name)} |")
        parts.append(f"## {heading}\n\n{meaning}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "(needed)"
    return "" if value in (None, [], {}) else f"`{str(value).removesuffix('/')}`"


def _meaning(model: type[BaseModel], name: str) -> str:
    """The description of a key; one that a subclass gives a new default keeps that of its base."""
    bases = [base for base in model.__mro__ if issubclass(base, BaseModel) and name in base.model_fields]
    return next((text for base in bases if (text := base.model_fields[name].description)), "Name of the source")


if __name__ == "__main__":
    print(configuration_reference(), end="")
