"""From bytes to articles: wrappers, limits, encodings, entities, and what is not JATS."""

import hashlib
import io
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from tasks.parsers.jats import parse, reading
from tasks.parsers.rows import PaperRows, ParseError
from tests.unit.test_jats_samples import IDS, TITLE, article, error, outcomes, paper, rows

REPO = Path(__file__).parents[2]


def a_set(*articles: str, wrapper: str = "pmc-articleset") -> str:
    return f"<{wrapper}>{''.join(articles)}</{wrapper}>"


def with_doi(number: int, **parts: str) -> str:
    return article(ids=f'<article-id pub-id-type="doi">10.5555/{number}</article-id>', **parts)


# --- wrappers


@pytest.mark.parametrize("wrapper", ["pmc-articleset", "articles", "my-own-wrapper"])
def test_a_wrapper_gives_each_of_its_articles(wrapper: str) -> None:
    found = outcomes(a_set(with_doi(1), with_doi(2), wrapper=wrapper))
    assert [item.paper["doi"] for item in found if isinstance(item, PaperRows)] == ["10.5555/1", "10.5555/2"]


def test_an_article_of_a_set_has_a_hash_of_its_own() -> None:
    one, two = outcomes(a_set(with_doi(1), with_doi(2)))
    assert isinstance(one, PaperRows) and isinstance(two, PaperRows)
    own = etree.tostring(etree.fromstring(with_doi(1)))
    assert one.content_hash == hashlib.sha256(own).hexdigest() != two.content_hash


def test_the_hash_does_not_depend_on_what_stands_around_the_article() -> None:
    [alone] = outcomes(a_set(with_doi(1)))
    [_, second] = outcomes(a_set(with_doi(2), "\n  " + with_doi(1) + "\n tail"))
    assert isinstance(alone, PaperRows) and isinstance(second, PaperRows)
    assert alone.content_hash == second.content_hash


def test_oai_records_with_a_namespace() -> None:
    inner = article().replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" ', 1)
    record = f"<record><header><identifier>oai:1</identifier></header><metadata>{inner}</metadata></record>"
    oai = f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>{record * 2}</ListRecords></OAI-PMH>'
    found = outcomes(oai)
    assert [item.paper["title"] for item in found if isinstance(item, PaperRows)] == ["Otters of the upper lake"] * 2


def test_an_error_beside_the_articles_is_yielded_in_its_place() -> None:
    missing = '<error id="7">The following PMCID is not available: 7</error>'
    one, gone, two = outcomes(a_set(with_doi(1), missing, with_doi(2)))
    assert isinstance(gone, ParseError) and gone.check == "available" and "not available: 7" in gone.message
    assert isinstance(one, PaperRows) and isinstance(two, PaperRows)


def test_an_article_within_an_article_is_not_one_of_the_set() -> None:
    nested = article(after=f"<related-object>{with_doi(9)}</related-object>")
    assert len(outcomes(a_set(nested, with_doi(2)))) == 2
    assert rows(nested).paper["doi"] == "10.5555/lake.1"


def test_a_bad_article_does_not_stop_the_next_ones() -> None:
    bad, good = outcomes(a_set("<article><body><p>no front</p></body></article>", with_doi(2)))
    assert isinstance(bad, ParseError) and "front matter" in bad.message
    assert isinstance(good, PaperRows)


def test_a_set_that_breaks_gives_what_came_before() -> None:
    document = a_set(with_doi(1), with_doi(2))[:-60]
    one, broken = outcomes(document)
    assert isinstance(one, PaperRows)
    assert isinstance(broken, ParseError) and broken.check == "well_formed"
    assert broken.message.startswith("ends early at line 1") and "with 1 article before that" in broken.message


def test_a_mismatched_tag_in_a_set_is_not_called_an_early_end() -> None:
    *before, broken = outcomes("<articles>\n" + with_doi(1) + "\n<article></oops></articles>")
    assert len(before) == 1
    assert isinstance(broken, ParseError) and broken.message.startswith("not well-formed at line 3")


@pytest.mark.parametrize("inner", ["<p><x:y>z</x:y></p>", "<p>a & b</p>", '<p a="1" a="2"/>'])
def test_a_mistake_in_a_set_that_is_whole_is_not_called_an_early_end(inner: str) -> None:
    found = outcomes(a_set(article(body=inner)))[-1]
    assert isinstance(found, ParseError) and found.message.startswith("not well-formed at line 1")


def test_an_empty_set_says_so() -> None:
    assert "with no articles" in error("<pmc-articleset></pmc-articleset>").message


MEASURE = """
import io, resource, sys
from tasks.parsers.jats import parse

class Set(io.RawIOBase):
    def __init__(self, article, count):
        self.parts = iter([b"<articles>", *[article] * count, b"</articles>"])
    def read(self, size=-1):
        return next(self.parts, b"")

article = sys.stdin.buffer.read()
for count in (5, 80):
    assert sum(1 for _ in parse(Set(article, count), "x")) == count
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_a_set_needs_the_memory_of_one_article() -> None:
    """Measured from outside, as the trees of lxml are not Python's memory: 80 articles of 500 kB against 5."""
    body = "<p>word <italic>and</italic> more words of some length</p>" * 9_000
    document = with_doi(1, body=body).encode()
    run = subprocess.run([sys.executable, "-c", MEASURE], input=document, capture_output=True, check=True, cwd=REPO)
    few, many = map(int, run.stdout.split())
    assert many - few < 15, (few, many)


# --- what is not JATS


@pytest.mark.parametrize(
    ("document", "check", "says"),
    [
        (b"", "empty", "the document is empty"),
        (b" \n\t ", "empty", "the document is empty"),
        (
            b"<!DOCTYPE html><html><title>Just a\n moment</title><p>",
            "not_jats",
            "an HTML page, not JATS: Just a moment",
        ),
        (b'<?xml version="1.0"?><!-- x --><HTML><body/></HTML>', "not_jats", "an HTML page"),
        (b'{"a": 1}', "not_jats", "not XML: starts with '{\"a\": 1}'"),
        (b"%PDF-1.4", "not_jats", "not XML"),
        (b"<art><p/></art>", "not_jats", "<art>"),
        (b"<DescriptorRecordSet>\n<a>", "well_formed", "ends early at line 2"),
        (b"<article>\n<front>\n", "well_formed", "ends early at line 3"),
        (b"<article><front></article>", "well_formed", "not well-formed at line 1"),
        (b"<article/>", "not_jats", "no front matter"),
        (b"\0\0\0\0", "empty", "the document is empty"),
    ],
)
def test_what_is_not_jats_says_what_it_is(document: bytes, check: str, says: str) -> None:
    found = error(document)
    assert found.check == check and says in found.message and "\n" not in found.message


def test_other_xml_is_not_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            self.read_bytes += size
            return (b"<feed>" if self.read_bytes == size else b"") + b"<entry>x</entry>" * (size // 16)

    source = Endless()
    with pytest.raises(ParseError, match="<feed> with no articles"):
        list(parse(source, "x"))
    assert source.read_bytes < 2 * reading.MAX_FOREIGN_BYTES


@pytest.mark.parametrize("wrap", [False, True])
def test_an_article_may_not_be_too_big(monkeypatch: pytest.MonkeyPatch, wrap: bool) -> None:
    monkeypatch.setattr(reading, "MAX_ARTICLE_BYTES", 200_000)
    big = article(body="<p>word</p>" * 40_000)
    found = error(a_set(big) if wrap else big)
    assert found.check == "size" and "200,000 bytes" in found.message


@pytest.mark.parametrize("wrap", [False, True])
def test_a_text_that_is_too_long_for_the_parser_is_a_reason(wrap: bool) -> None:
    long = article(body=f"<p>{'word ' * 2_200_000}</p>")
    found = error(a_set(long) if wrap else long)
    assert (found.check, found.message.partition(";")[0]) == (
        "size",
        "more than the XML parser takes at line 1: text node too long",
    )


def test_deep_nesting_is_a_reason_not_a_crash() -> None:
    found = error(article(body="<sec>" * 3000 + "</sec>" * 3000))
    assert found.check == "too_deep"
    deep = rows(article(body="<p>" + "<italic>" * 200 + "x" + "</italic>" * 200 + "</p>"))
    assert deep.sections[0]["text"] == "x"


# --- encodings, entities, comments


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings(encoding: str) -> None:
    title = "<title-group><article-title>Núñez café</article-title></title-group>"
    document = f'<?xml version="1.0" encoding="{encoding}"?>{article(title=title)}'
    assert rows(document.encode(encoding)).paper["title"] == "Núñez café"


def test_a_wrong_encoding_is_a_reason() -> None:
    document = '<?xml version="1.0" encoding="UTF-8"?>' + article(meta="<abstract><p>Núñez</p></abstract>")
    found = error(document.encode("latin-1"))
    assert found.check == "well_formed"
    unknown = error(document.replace("UTF-8", "klingon").encode())
    assert "encoding" in unknown.message.lower()


CAFE = "<title-group><article-title>Núñez café – &minus;5</article-title></title-group>"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("wrap", [False, True])
def test_utf_16_is_read_by_its_mark(encoding: str, wrap: bool) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    inner = article(title=CAFE, body="<p>x</p>" * 5_000)
    document = (
        f'{mark}<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE article SYSTEM "x">{a_set(inner) if wrap else inner}'
    )
    assert rows(document.encode(encoding)).paper["title"] == "Núñez café – −5"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (article().encode("utf-16-le"), "UTF-16 with its mark"),
        (article().encode("utf-32"), "UTF-16 with its mark"),
        (b"\xff\xfe" + article().encode("utf-16-le") + b"\x00\xd8 \x00", "not the UTF-16"),
        (b"\xff\xfe" + article().encode("utf-16-le") + b"\x00", "not the UTF-16"),
    ],
)
def test_other_wide_encodings_and_broken_ones_are_a_reason(document: bytes, says: str) -> None:
    found = error(document)
    assert found.check == "encoding" and says in found.message


@pytest.mark.parametrize("declared", ["ISO-8859-1", "latin1", "windows-1252"])
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
def test_latin_1_that_is_something_else_is_read_as_what_it_is(declared: str, encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{declared}"?>{article(title=CAFE)}'
    assert rows(document.encode(encoding)).paper["title"] == "Núñez café – −5"


@pytest.mark.parametrize("doctype", ["", '<!DOCTYPE article PUBLIC "-//NLM//DTD X//EN" "journalpublishing.dtd">'])
def test_standard_entities_need_no_dtd(doctype: str) -> None:
    title = (
        "<title-group><article-title>&Aacute;lava &minus;5&deg; &alpha;&agr; &fdg; R&amp;D P&lt;0.05"
        "</article-title></title-group>"
    )
    assert rows(doctype + article(title=title)).paper["title"] == "Álava −5° αα .° R&D P<0.05"


def test_entities_in_a_set_with_a_doctype_are_resolved_in_place() -> None:
    title = "<title-group><article-title>&Aacute;l<italic>&ntilde;</italic>&eacute;!</article-title></title-group>"
    [found] = outcomes('<!DOCTYPE articles SYSTEM "x.dtd">' + a_set(article(title=title), wrapper="articles"))
    assert isinstance(found, PaperRows) and found.paper["title"] == "Álñé!"


@pytest.mark.parametrize("doctype", ["", '<!DOCTYPE article SYSTEM "x.dtd">'])
def test_an_unknown_entity_is_named(doctype: str) -> None:
    found = error(doctype + article(meta="<abstract><p>a &sheepish; b</p></abstract>"))
    assert found.check == "entity" and "sheepish" in found.message


def test_ampersands_in_cdata_and_comments_stay() -> None:
    text = "<p>a<!-- &eacute; <p> --><![CDATA[ &eacute; ]]>&eacute;</p>"
    assert rows(article(body=text)).sections[0]["text"] == "a &eacute; é"


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY x "words">',
        '<!ENTITY x SYSTEM "http://127.0.0.1:9/x">',
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;&b;&b;">',
        '<!ENTITY nbsp "something else">',
    ],
)
@pytest.mark.parametrize("wrap", [False, True])
def test_declared_entities_are_refused_and_nothing_is_read(declared: str, wrap: bool) -> None:
    text = article(meta="<abstract><p>&x;</p></abstract>")
    root = "articles" if wrap else "article"
    found = error(f"<!DOCTYPE {root} [{declared}]>" + (a_set(text, wrapper="articles") if wrap else text))
    assert found.check in ("entity", "well_formed")
    assert "root:" not in found.message


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE {root} SYSTEM "{where}">',
        '<!DOCTYPE {root} PUBLIC "-//NLM//DTD JATS//EN" "{where}">',
        '<!DOCTYPE {root} [<!ENTITY x SYSTEM "{where}">]>',
        '<!DOCTYPE {root} [<!ENTITY % p SYSTEM "{where}"> %p;]>',
    ],
)
def test_no_file_is_read_and_nothing_is_fetched(doctype: str, wrap: bool, tmp_path: Path) -> None:
    """A real file and a real listener, as libxml2 would go past anything that is patched in Python."""
    secret = tmp_path / "secret.dtd"
    secret.write_text('<!ENTITY x "the secret words">')
    root = "articles" if wrap else "article"
    text = article(meta="<abstract><p>a &x; b</p></abstract>")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        for where in (secret.as_uri(), str(secret), f"http://127.0.0.1:{listener.getsockname()[1]}/x.dtd"):
            document = doctype.format(root=root, where=where) + (a_set(text, wrapper=root) if wrap else text)
            assert "secret words" not in str(outcomes(document))
            assert all(isinstance(item, ParseError) for item in outcomes(document))
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_billion_laughs_is_refused_at_once() -> None:
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    text = article(attributes='article-type="&l11;"')
    assert error(f'<!DOCTYPE article [<!ENTITY l0 "ha">{levels}]>{text}').check in ("entity", "well_formed")


def test_comments_and_instructions_never_shorten_text() -> None:
    title = "<title-group><article-title>Ot<!-- x -->te<?pi y?>rs</article-title></title-group>"
    body = "<sec><!-- a --><title>Re<?x?>sults</title><?pi?><p>One<!-- b -->two <b>three</b><!-- c --> four</p></sec>"
    found = rows(f"<!-- before --><?pi?>{article(title=title, body=body)}<!-- after -->")
    assert found.paper["title"] == "Otters"
    assert found.sections[0]["heading"] == "Results"
    assert found.sections[0]["text"] == "Onetwo three four"


def test_a_default_namespace_and_a_prefix_make_no_difference() -> None:
    plain = article(body="<sec><title>Results</title><p>x</p></sec>")
    default = plain.replace("<article ", '<article xmlns="http://jats.nlm.nih.gov" ', 1)
    prefixed = re.sub(r"<(/?)(?!mml:)([a-z])", r"<\1j:\2", plain).replace(
        "<j:article ", '<j:article xmlns:j="http://jats.nlm.nih.gov" ', 1
    )
    assert rows(plain) == rows(default) == rows(prefixed)


def test_old_front_matter_without_a_title_is_for_validation_to_judge() -> None:
    assert paper(title="")["title"] is None
    assert rows(f"<article><article-meta>{IDS}{TITLE}</article-meta></article>").paper["pmcid"] == "PMC123"
