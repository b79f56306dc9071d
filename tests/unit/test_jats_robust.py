"""Whatever comes in, only rows or a reason come out: no crash, no hang, and nothing outside the document is read.

``PAPERHOUSE_MUTANTS`` and ``PAPERHOUSE_MUTANTS_SEED`` make more of the mutants, or others.
"""

import copy
import os
import random
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tasks.parsers.rows import PaperRows, ParseError
from tests.unit.test_jats_samples import article, outcomes


def is_xml(sample: bytes) -> bool:
    try:
        etree.fromstring(sample)
    except etree.XMLSyntaxError:
        return False
    return True


TWINS = Path(__file__).parents[1] / "data/jats/hard"
SAMPLES = [path.read_bytes() for path in sorted(TWINS.iterdir())]
SAMPLES = [sample for sample in SAMPLES if b"<article" in sample]
TREE_SAMPLES = [sample for sample in SAMPLES if is_xml(sample)]
SEED = int(os.environ.get("PAPERHOUSE_MUTANTS_SEED", "20261"))
MUTANTS = int(os.environ.get("PAPERHOUSE_MUTANTS", "2000"))
#: Most take a millisecond or two; this is what a busy machine may make of it.
SECONDS = 5.0

TAG = re.compile(rb"<[^<>]{1,200}>")
ENTITIES = [b"&eacute;", b"&nonsense;", b"&#8722;", b"&#0;", b"&#x110000;", b"&amp", b"&lt;"]
INJECTED = [
    b"<!-- ", b"-->", b"<![CDATA[", b"]]>", b"<?pi", b"?>",
    b'<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]>', b'<!DOCTYPE article SYSTEM "file:///etc/passwd">',
    b'<!DOCTYPE article SYSTEM "http://127.0.0.1:9/x.dtd">', b'<?xml-stylesheet href="file:///etc/passwd"?>',
    b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>',
    b"\xff\xfe", b"\xef\xbb\xbf", b"\x00", b"\xc3",
    b"<sub-article>", b"</body>", b"<article>", b"<p>" * 300, b"\x1d\x1e\x1f", "\u2028".encode(), b"xmlns='x'",
]  # fmt: skip


def mutants(generator: random.Random) -> Iterator[bytes]:
    """Half of them broken as bytes (most are no XML any more), half as trees (all are XML, few are JATS)."""
    for number in range(MUTANTS):
        yield broken_bytes(generator, number) if number % 2 else broken_tree(generator)


def broken_tree(generator: random.Random) -> bytes:
    """A sample with elements moved, lost, doubled, renamed, emptied, their attributes and texts swapped."""
    root = etree.fromstring(generator.choice(TREE_SAMPLES))
    for _ in range(generator.randint(1, 12)):
        elements = [item for item in root.iter("*") if item is not root]
        if len(elements) < 2:
            break
        one, other = generator.choice(elements), generator.choice(elements)
        inside = any(item is one for item in other.iterancestors()) or one is other
        kind = generator.randrange(7)
        if kind == 0 and one.getparent() is not None:
            one.getparent().remove(one)
        elif kind == 1 and not inside:
            other.append(one)
        elif kind == 2 and not inside:
            other.insert(0, copy.deepcopy(one))
        elif kind == 3:
            one.tag = other.tag
        elif kind == 4:
            one.text, other.text = other.text, one.text
        elif kind == 5:
            attributes = dict(one.attrib)
            one.attrib.clear()
            other.attrib.update(attributes)
        else:
            one.clear()
    return etree.tostring(root)


def broken_bytes(generator: random.Random, number: int) -> bytes:
    """A sample with bytes flipped, cut, tags moved, encodings broken, entities and other things put in."""
    data = bytearray(generator.choice(SAMPLES))
    for _ in range(generator.randint(1, 3)):
        at = generator.randrange(len(data) or 1)
        kind = generator.randrange(8)
        if kind == 0:
            data[at : at + 1] = bytes([generator.randrange(256)])
        elif kind == 1 and number % 3 == 0:
            del data[at:]
        elif kind == 2:
            put_in = generator.choice(INJECTED)
            if put_in.startswith(b"<!DOCTYPE"):  # where it counts: before the root element
                at = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
            data[at:at] = put_in
        elif kind in (3, 4):
            tags = list(TAG.finditer(bytes(data)))
            if len(tags) > 1:
                one, other = generator.choice(tags), generator.choice(tags)
                replacement = other[0] if kind == 3 else b""
                data[one.start() : one.end()] = replacement
        elif kind == 5:
            length = generator.randrange(200)
            data[at:at] = data[generator.randrange(len(data) or 1) :][:length]
        elif kind == 6:
            at = data.find(b">", at) + 1 or at  # within text, most often
            data[at:at] = generator.choice(ENTITIES)
        else:
            data[:] = data.replace(b"UTF-8", generator.choice([b"UTF-16", b"latin-1", b"nope", b"EBCDIC-US"]), 1)
    return bytes(data)


def read_calls() -> int:
    """How often this thread has read from anything, in whatever language: as the kernel counts (Linux)."""
    fields = dict(line.split(": ") for line in Path("/proc/thread-self/io").read_text().splitlines())
    return int(fields["syscr"])


@contextmanager
def nothing_is_read() -> Iterator[None]:
    """Fail where a file is opened or read, or an address is asked for or connected to, in between."""
    seen: list[str] = []
    watched = ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.listdir")
    own_thread = [threading.get_ident()]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in watched and threading.get_ident() in own_thread:
            seen.append(f"{event} {arguments}")

    sys.addaudithook(hook)
    counts = Path("/proc/thread-self/io").exists()
    first, second = (read_calls(), read_calls()) if counts else (0, 0)
    own = second - first  # what asking costs
    seen.clear()
    try:
        yield
    finally:
        own_thread.clear()  # a hook cannot be taken off
    assert seen == []
    assert not counts or read_calls() - second == own


def test_reading_is_noticed() -> None:
    with pytest.raises(AssertionError, match="open"), nothing_is_read():
        Path(__file__).read_bytes()
    with pytest.raises(AssertionError), nothing_is_read():
        etree.parse(str(TWINS / "no_doi.xml"))


def test_mutants_are_rows_or_reasons_and_nothing_else_is_read() -> None:
    counts = {"rows": 0, "reasons": 0}
    for sample in SAMPLES:  # whatever is loaded on first use is loaded now
        outcomes(sample)
    with nothing_is_read():
        for number, document in enumerate(mutants(random.Random(SEED))):
            start = time.perf_counter()
            found = outcomes(document)
            assert time.perf_counter() - start < SECONDS, number
            assert found, number
            for item in found:
                assert_rows_or_reason(item)
            counts["reasons" if isinstance(found[-1], ParseError) else "rows"] += 1
    assert sum(counts.values()) == MUTANTS
    assert min(counts.values()) > MUTANTS / 4, counts


def assert_rows_or_reason(item: PaperRows | ParseError) -> None:
    if isinstance(item, ParseError):
        assert item.check and item.message and "\n" not in item.message and "root:" not in item.message
    else:
        assert_rows(item)


def assert_rows(found: PaperRows) -> None:
    """Values are of the columns' types; no mark of the text's own is left in any."""
    table_rows = [found.paper, *found.authors, *found.references, *found.sections]
    for row in table_rows:
        for value in row.values():
            for text in value if isinstance(value, list) else [value]:
                assert not isinstance(text, str) or not re.search("[\x1c-\x1f]", text)
    assert all(row["name"] for row in found.authors)
    assert all(row["level"] >= 1 for row in found.sections)
    assert found.paper["reference_count"] == len(found.references)


ANY = settings(max_examples=300, deadline=5_000, suppress_health_check=[HealthCheck.too_slow])


@ANY
@given(st.binary(max_size=2_000))
def test_any_bytes(data: bytes) -> None:
    assert all(isinstance(item, PaperRows | ParseError) for item in outcomes(data))


@ANY
@given(
    st.sampled_from([b"<article>", b"<articles><article>", b"<?xml version='1.0'?>", b"\xff\xfe<\x00"]),
    st.binary(max_size=500),
)
def test_any_bytes_after_a_good_start(start: bytes, data: bytes) -> None:
    assert all(isinstance(item, PaperRows | ParseError) for item in outcomes(start + data))


XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff<&"),
    max_size=40,
)
INLINE = [
    "italic",
    "bold",
    "sup",
    "sub",
    "xref",
    "named-content",
    "ext-link",
    "mml:mi",
    "mml:mrow",
    "fn",
    "label",
]
BLOCKS = [
    "p",
    "sec",
    "title",
    "list",
    "list-item",
    "fig",
    "caption",
    "table-wrap",
    "table",
    "tr",
    "td",
    "disp-formula",
]
TREES = st.recursive(
    XML_TEXT,
    lambda inner: st.tuples(st.sampled_from(INLINE + BLOCKS), st.lists(inner, max_size=4)).map(
        lambda node: f"<{node[0]}>{''.join(node[1])}</{node[0]}>"
    ),
    max_leaves=25,
)


@ANY
@given(TREES)
def test_any_tree_in_the_body_keeps_its_words(tree: str) -> None:
    [found] = outcomes(article(body=f"<sec><p>start</p>{tree}<p>end</p></sec>"))
    assert isinstance(found, PaperRows)
    assert_rows(found)
    everything = "".join(f"{row['heading'] or ''} {row['text'] or ''}" for row in found.sections)
    assert "start" in everything and "end" in everything


@ANY
@given(TREES)
def test_any_tree_anywhere_in_front_and_back(tree: str) -> None:
    back = f"<ref-list><ref><mixed-citation>{tree}</mixed-citation></ref>"
    back += f"<ref><element-citation>{tree}</element-citation></ref></ref-list>"
    document = article(
        title=f"<title-group><article-title>{tree}</article-title></title-group>",
        contribs=f"<contrib-group><contrib><name><surname>{tree}</surname></name><aff>{tree}</aff></contrib></contrib-group>",
        meta=f"<abstract>{tree}</abstract><kwd-group><kwd>{tree}</kwd></kwd-group><permissions><license>{tree}</license></permissions>",
        dates=f"<pub-date><year>{tree}</year><month>{tree}</month><day>{tree}</day></pub-date>",
        back=back,
    )
    [found] = outcomes(document)
    assert isinstance(found, PaperRows)
    assert_rows(found)


@pytest.mark.parametrize(
    "document",
    [
        b"<article>" + b"<!--" * 200_000,
        b"<article>&a;" + b"<![CDATA[" * 100_000,
        b"<!DOCTYPE " + b"[" * 200_000,
        b"<?" * 200_000,
        b" " * 300_000 + b"<!--" * 100_000,
        b"<a " + b"a" * 1_000_000,
        b"&" * 500_000,
    ],
)
def test_nothing_takes_long(document: bytes) -> None:
    start = time.perf_counter()
    assert all(isinstance(item, PaperRows | ParseError) for item in outcomes(document))
    assert time.perf_counter() - start < SECONDS
