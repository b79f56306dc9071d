"""The annotations of a document as entities, one row a text and concept, counted in abstract and full text apart."""

from collections.abc import Iterator
from typing import Any

from tasks.parsers.answers import get, many, text
from tasks.parsers.concepts import Mentions, concept_type
from tasks.parsers.pubtator.concepts import concepts
from tasks.parsers.rows import Row


def entities(document: dict[str, Any]) -> list[Row]:
    """The rows of all annotations; an annotation with several ids counts once for each."""
    mentions = Mentions()
    for passage in many(get(document, "passages")):
        scope = _scope(passage)
        for annotation in _annotations(passage):
            infons = get(annotation, "infons")
            entity_type = concept_type(text(get(infons, "type")) or text(get(infons, "biotype")) or "Concept")
            label = text(get(annotation, "text"))
            for concept, name in concepts(infons, entity_type):
                mentions.add(scope, entity_type, label or name or concept, concept, name)
    return mentions.rows()


def _annotations(passage: Any) -> Iterator[Any]:
    """A passage's own, and those of its sentences."""
    yield from many(get(passage, "annotations"))
    for sentence in many(get(passage, "sentences")):
        yield from many(get(sentence, "annotations"))


def _scope(passage: Any) -> str:
    """Title and abstract are ``abstract``; the section says it, the type of passage where no section is named."""
    section = text(get(passage, "infons", "section_type"))
    kind = (section or text(get(passage, "infons", "type")) or "").lower()
    return "abstract" if kind in ("title", "front") or kind.startswith("abstract") else "full_text"
