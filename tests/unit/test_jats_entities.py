"""Named entities without their DTD: right everywhere, however the document is cut into chunks, or named in a reason."""

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.parsers.jats import parse
from tasks.parsers.jats.named import NumberedEntities, number_entities
from tasks.parsers.rows import PaperRows, ParseError
from tests.unit.test_jats_samples import article, error, outcomes

DOCTYPES = ["", '<!DOCTYPE {root} PUBLIC "-//NLM//DTD X//EN" "journalpublishing.dtd">']


def cited(link: str) -> str:
    """An article that cites a DOI by an attribute alone."""
    citation = f'<mixed-citation>A <ext-link ext-link-type="doi" xlink:href="{link}">link</ext-link></mixed-citation>'
    return article(back=f"<ref-list><ref>{citation}</ref></ref-list>")


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("root", ["article", "articles"])
def test_entities_in_attributes_are_resolved(doctype: str, root: str) -> None:
    inner = cited("10.5555&sol;a&lowbar;b&amp;c")
    whole = inner if root == "article" else f"<articles>{inner}</articles>"
    [found] = outcomes(doctype.format(root=root) + whole)
    assert isinstance(found, PaperRows)
    assert found.references[0]["doi"] == "10.5555/a_b&c"


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize(
    "unknown",
    [cited("10.5555/a&sheepish;b"), article(body="<p>&sheepish;</p>"), article(body="<p>a <b>c</b> &sheepish; b</p>")],
)
def test_an_unknown_entity_costs_its_article_and_no_other(doctype: str, unknown: str) -> None:
    found = error(doctype.format(root="article") + unknown)
    assert found.check == "entity" and "&sheepish;" in found.message
    first, second, third = outcomes(
        doctype.format(root="articles") + f"<articles>{article()}{unknown}{article()}</articles>"
    )
    assert isinstance(second, ParseError) and second.message == found.message
    assert isinstance(first, PaperRows) and isinstance(third, PaperRows)


@pytest.mark.parametrize("name", ["été", "a.b-c_d", "x" * 3_000])
def test_names_need_not_be_ascii_nor_short(name: str) -> None:
    found = error('<!DOCTYPE article SYSTEM "x">' + article(body=f"<p>&{name};</p>"))
    assert found.check == "entity" and f"&{name[:60]};" in found.message


PIECES = ["&minus;", "&amp;", "&#8722;", "&sheepish;", "&", ";", "<p>", "</p>", "<!--", "-->", "<![CDATA[", "]]>",
          "<?pi", "?>", "<!-", "-", "]", "a", " ", "é", "<", ">"]  # fmt: skip


@settings(max_examples=400, deadline=5_000)
@given(st.lists(st.sampled_from(PIECES), max_size=30), st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_chunks_make_no_difference(pieces: list[str], sizes: list[int]) -> None:
    document = "".join(pieces).encode()
    whole, has_unknown = number_entities(document)
    numbered = NumberedEntities()
    source, parts, at = io.BytesIO(document), [], 0
    while chunk := source.read(sizes[at % len(sizes)]):
        parts.append(numbered.feed(chunk))
        at += 1
    assert b"".join(parts) + numbered.close() == whole
    assert numbered.has_unknown == has_unknown
    if not re.search(rb"<[!?]", document):
        assert b"&minus;" not in whole


class Drops(io.BytesIO):
    """A document that comes a few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(7)


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<p>a<!-- &sheepish; <![CDATA[ --> &minus;1<?x &sheepish;?> b</p>", "a −1 b"),
        ("<p>a<![CDATA[ &minus; <!-- ]]>&minus;<!-->]]>&sheepish;--> b</p>", "a &minus; <!-- − b"),
    ],
)
def test_comments_and_cdata_keep_their_ampersands_in_a_set(inner: str, text: str) -> None:
    [found] = parse(Drops(f"<articles>{article(body=inner)}</articles>".encode()), "test")
    assert isinstance(found, PaperRows)
    assert found.sections[0]["text"] == text
