"""Formulae as one readable line: MathML in linear form (``(a+b)/c``, ``x_i^2``), TeX without its preamble."""

import re
from collections.abc import Callable

from tasks.parsers.jats.elements import MATHML, Element, fold, local_name, raw_text

_INVISIBLE = dict.fromkeys(range(0x2061, 0x2065))
_ATOM = re.compile(r"[-−+±]?\w+(?:[.,]\w+)*|.", re.DOTALL)
_PREAMBLE = re.compile(r"\\documentclass.*?\\begin\{document\}|\\end\{document\}", re.DOTALL)
_DOLLARS = re.compile(r"^\$\$?|\$\$?$")
_ACCENTS = set("¯^~˙¨´`ˇ˘→⃗ˆ˜‾_*′.˚⏞⏟")


def tex_text(element: Element) -> str:
    """``tex-math`` as its formula alone."""
    tex = fold(_PREAMBLE.sub(" ", raw_text(element)))
    return fold(_DOLLARS.sub("", tex))


def math_text(element: Element) -> str:
    """A MathML element as one line; nothing of its text is left out but invisible operators and annotations."""
    rule = _RULES.get(local_name(element), _row)
    return rule(element)


def _token(element: Element) -> str:
    text = raw_text(element)
    return fold(text if text.isascii() else text.translate(_INVISIBLE))


def _parts(element: Element) -> list[str]:
    return [math_text(child) for child in element]


def _row(element: Element) -> str:
    text = fold(element.text)
    for child in element:
        part = math_text(child)
        if part:
            text += (" " if _would_glue(text, part) else "") + part
        text += fold(child.tail)
    return text


def _would_glue(before: str, after: str) -> bool:
    """Whether two words meet (``log`` and ``x``); single letters and numbers are products, and stay together."""
    if not (before[-1:].isalpha() and after[:1].isalpha()):
        return False
    return (before[-2:].isalpha() and len(before) > 1) or (after[:2].isalpha() and len(after) > 1)


def _grouped(text: str) -> str:
    return text if not text or _ATOM.fullmatch(text) else f"({text})"


def _scripted(*marks: str) -> Callable[[Element], str]:
    def rule(element: Element) -> str:
        parts = _parts(element)
        text = parts[0] if parts else ""
        for mark, part in zip(marks, parts[1:], strict=False):
            text += (mark + _grouped(part)) if part else ""
        return text + "".join(parts[len(marks) + 1 :])

    return rule


def _subscript(element: Element) -> str:
    """``CO2`` as in running text, but ``x_i``: a number below needs no mark, unless it would join another."""
    parts = _parts(element)
    if len(parts) == 2 and parts[1].isdecimal() and not parts[0][-1:].isdecimal():
        return "".join(parts)
    return _scripted("_")(element)


def _over(element: Element) -> str:
    parts = _parts(element)
    if len(parts) == 2 and parts[1] in _ACCENTS:
        return "".join(parts)
    return _scripted("^")(element)


def _fraction(element: Element) -> str:
    return "/".join(_grouped(part) for part in _parts(element))


def _square_root(element: Element) -> str:
    return f"√{_grouped(_row(element))}"


def _root(element: Element) -> str:
    base, *index = _parts(element) or [""]
    return f"√{_grouped(base)}" + "".join(f"[{part}]" for part in index)


def _fenced(element: Element) -> str:
    separators = element.get("separators", ",").replace(" ", "")
    parts = _parts(element)
    text = parts[0] if parts else ""
    for number, part in enumerate(parts[1:]):
        text += (separators[min(number, len(separators) - 1)] if separators else "") + part
    return element.get("open", "(") + text + element.get("close", ")")


def _table(element: Element) -> str:
    return "; ".join(filter(None, _parts(element)))


def _table_row(element: Element) -> str:
    return " ".join(filter(None, _parts(element)))


def _first(element: Element) -> str:
    return math_text(element[0]) if len(element) else fold(element.text)


def _nothing(_element: Element) -> str:
    return ""


_RULES: dict[str, Callable[[Element], str]] = {
    **dict.fromkeys(("mi", "mn", "mo", "mtext", "ms"), _token),
    "mfrac": _fraction,
    "msup": _scripted("^"),
    "msub": _subscript,
    "msubsup": _scripted("_", "^"),
    "munder": _scripted("_"),
    "munderover": _scripted("_", "^"),
    "mover": _over,
    "msqrt": _square_root,
    "mroot": _root,
    "mfenced": _fenced,
    "mtable": _table,
    "mtr": _table_row,
    "mlabeledtr": _table_row,
    "semantics": _first,
    "maction": _first,
    **dict.fromkeys(("annotation", "annotation-xml", "mphantom", "mspace"), _nothing),
}

MATH_TAGS = (MATHML + "math", "math")
