"""Splitting text at separators that stand outside of brackets: what entity lists and author lists are cut with."""

from collections.abc import Iterator

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_OPENING = {close: opening for opening, close in _CLOSING.items()}
_REACH = 50  # how many unclosed brackets a closing one looks past


def split(text: str, separators: str, *, before_space: bool = True) -> Iterator[str]:
    """The pieces between separators outside of brackets, stripped, empty ones included.

    before_space: whether only a separator with white space (or the end) behind it counts, so that the comma of
    ``1,25-dihydroxyvitamin D3`` parts nothing. A bracket that is never closed (``SpO2 > 90 (``) holds nothing.
    """
    pairs = dict(groups(text))
    start = place = 0
    while place < len(text):
        if place in pairs:
            place = pairs[place]
        elif text[place] in separators and (not before_space or text[place + 1 : place + 2].strip() == ""):
            yield text[start:place].strip()
            start = place + 1
        place += 1
    yield text[start:].strip()


def groups(text: str) -> list[tuple[int, int]]:
    """Where each bracket opens and closes, outermost and inner ones, in the order of closing."""
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for place, character in enumerate(text):
        if character in _CLOSING:
            opened.append(place)
        elif character in _OPENING and any(text[start] == _OPENING[character] for start in opened[-_REACH:]):
            while text[start := opened.pop()] != _OPENING[character]:
                pass  # never closed
            found.append((start, place))
    return found


def last_group(text: str) -> tuple[str, str, str] | None:
    """``label (a, b)`` as what stands before, the kind of bracket and what is in it; None without a last group.

    Only a group with white space before it counts: the brackets of ``poly(A)`` belong to the word.
    """
    text = text.rstrip()
    if not text or text[-1] not in _OPENING:
        return None
    start = next((start for start, end in groups(text) if end == len(text) - 1), None)
    if start is None or (start and not text[start - 1].isspace()):
        return None
    return text[:start].rstrip(), text[start], text[start + 1 : -1].strip()
