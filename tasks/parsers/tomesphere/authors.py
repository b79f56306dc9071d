"""The authors' line of a page, as rows: one name each, groups told from persons."""

import re
from collections.abc import Iterator, Sequence

from schemas.identifiers import normalise_orcid
from tasks.parsers.rows import Row
from tasks.parsers.tomesphere import brackets
from tasks.parsers.tomesphere.markdown import Link, fold

#: A name of two words and more with one of these is a group's.
_GROUP = re.compile(
    r"\b(?:group|consortium|collaboration|collaborative|collaborators|network|investigators|team|society|committee"
    r"|association|alliance|initiative|registry|trialists|task force|working party|study|federation|council"
    r"|organi[sz]ation|institute|foundation|programme|college of|university of|ministry of|department of)s?\b",
    re.IGNORECASE,
)
_GENERATION = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_DEGREE = re.compile(r"(?:M\.?D|Ph\.?D|M\.?Sc|B\.?Sc|M\.?B\.?B\.?S|MPH|FACS|FRCS|DVM|RN|Dr\. ?med)\.?")
_REST = re.compile(r"(?:…|\.\.\.)?\s*(?:et al\.?|(?:and |\+)?\s*\d+ (?:more|others)(?: authors)?)", re.IGNORECASE)
_ORCID = re.compile(
    r"[(\[]?\s*(?:ORCID(?: iD)?\s*:?\s*)?(?:https?://orcid\.org/)?((?:\d{4}-){3}\d{3}[\dXx])\s*[)\]]?", re.I
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.?-?){1,3}")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’ʼ-])+")
_PARTICLE = re.compile(
    r"van|von|der|den|de|het|ter|ten|te|la|le|da|das|dos|do|du|di|del|della|dal|degli|y|e|zu|zur|af|av|el|al"
    r"|bin|ibn|ben|bint"
)


def read(text: str, links: Sequence[Link] = ()) -> list[Row]:
    """The rows of ``Ann Lee, Bo van der Berg, Liver Study Group``."""
    orcids = {link.text: link.url for link in links if "orcid.org/" in link.url}
    rows: list[Row] = []
    for name in _names(text):
        orcid = _ORCID.search(name)
        bare = fold(_ORCID.sub(" ", name)) if orcid else name
        if not bare:
            if rows and orcid:  # the iD stands behind a comma of its own
                rows[-1].setdefault("orcid", normalise_orcid(orcid[1]))
            continue
        row: Row = {"name": bare, "is_collective": is_collective(bare)}
        if not row["is_collective"] and (parts := person(bare)):
            row["given_names"], row["surname"] = parts
        if orcid or bare in orcids:
            row["orcid"] = normalise_orcid(orcid[1] if orcid else orcids[bare])
        rows.append(row)
    return rows


def is_collective(name: str) -> bool:
    return " " in name and bool(_GROUP.search(name))


def person(name: str) -> tuple[str, str] | None:
    """Given names and surname, where the name says which is which; None where it does not.

    ``Ann Lee``, ``Ann B. Lee`` and ``Bo van der Berg`` do. ``Mary Ann Lee`` and ``Ana García Ruiz`` do not tell
    apart a second given name and a second surname, ``Lee AB`` and ``Lee`` are written otherwise.
    """
    words = name.split()
    if len(words) < 2 or not _WORD.fullmatch(words[-1]) or words[-1].isupper():
        return None
    first = len(words) - 1
    while first > 1 and _PARTICLE.fullmatch(words[first - 1]):
        first -= 1
    given = words[:first]
    if not (_WORD.fullmatch(given[0]) or _INITIALS.fullmatch(given[0])) or _PARTICLE.fullmatch(given[0]):
        return None
    if any(not (_INITIALS.fullmatch(word) and word.isupper()) for word in given[1:]):
        return None
    return " ".join(given), " ".join(words[first:])


def _names(text: str) -> Iterator[str]:
    """The names of a list; ``Jr.`` and degrees stay with theirs, ``et al.`` is none."""
    separator = ";" if ";" in text else ","
    pieces = list(brackets.split(text, separator, before_space=False))
    joined: list[str] = []
    for place, piece in enumerate(pieces):
        if joined and (_GENERATION.fullmatch(piece) or _DEGREE.fullmatch(piece)):
            joined[-1] += f", {piece}"
        elif place == len(pieces) - 1:
            joined.extend(_last(piece))
        else:
            joined.append(piece)
    yield from (name for name in joined if name and not _REST.fullmatch(name))


def _last(piece: str) -> list[str]:
    """``Bo Ek and Cy Ode`` as two names, a group's ``Research and Treatment Group`` as one."""
    piece = re.sub(r"^(?:and|&)\s+", "", piece)
    one, _, other = piece.partition(" and ") if " and " in piece else piece.partition(" & ")
    if other and len(one.split()) > 1 and len(other.split()) > 1:
        if not is_collective(piece):
            return [one, other]
        if not is_collective(one) and re.match(r"the |on behalf of ", other):
            return [one, other]
    return [piece]
