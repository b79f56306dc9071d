"""Authors: names, order, collaborations, ORCID iDs, affiliations; nobody who is not an author."""

from typing import Any

import pytest

from tests.unit.test_jats_samples import article, rows


def authors(contribs: str, meta: str = "") -> list[dict[str, Any]]:
    return rows(article(contribs=contribs, meta=meta)).authors


def group(*contribs: str) -> str:
    return f"<contrib-group>{''.join(contribs)}</contrib-group>"


def contrib(surname: str = "Reed", inner: str = "", kind: str = 'contrib-type="author"') -> str:
    return f"<contrib {kind}><name><surname>{surname}</surname><given-names>Ida</given-names></name>{inner}</contrib>"


@pytest.mark.parametrize(
    ("inner", "name", "given", "surname", "suffix"),
    [
        ("<name><surname>Reed</surname><given-names>Ida B.</given-names></name>",
         "Ida B. Reed", "Ida B.", "Reed", None),
        ("<name><surname>Reed</surname><given-names>I</given-names><suffix>Jr</suffix></name>",
         "I Reed Jr", "I", "Reed", "Jr"),
        ("<name><prefix>Dr</prefix><surname>Reed</surname></name>", "Reed", None, "Reed", None),
        ("<name name-style='eastern'><surname>李</surname><given-names>明</given-names></name>",
         "明 李", "明", "李", None),
        ("<string-name><given-names>Ida</given-names> <surname>Reed</surname>, PhD</string-name>",
         "Ida Reed", "Ida", "Reed", None),
        ("<string-name>Ida Reed<degrees>PhD</degrees></string-name>", "Ida Reed", None, None, None),
        (
            "<name-alternatives><name><surname>Li</surname><given-names>Ming</given-names></name><name><surname>李"
            "</surname></name></name-alternatives>",
            "Ming Li", "Ming", "Li", None,
        ),
        ("<name><surname>Reed<xref ref-type='fn'>*</xref></surname><given-names>I</given-names></name>",
         "I Reed", "I", "Reed", None),
        ("<anonymous/>", "Anonymous", None, None, None),
    ],
)  # fmt: skip
def test_names(inner: str, name: str, given: str | None, surname: str | None, suffix: str | None) -> None:
    [author] = authors(group(f"<contrib contrib-type='author'>{inner}</contrib>"))
    parts = ("name", "given_names", "surname", "suffix")
    assert tuple(author[part] for part in parts) == (name, given, surname, suffix)
    assert author["is_collective"] is False


def test_editors_and_reviewers_are_not_authors() -> None:
    found = authors(
        group(
            contrib("Reed"),
            contrib("Edd", kind='contrib-type="editor"'),
            contrib("Aca", kind='contrib-type="Academic Editor"'),
        )
        + '<contrib-group content-type="section"><contrib><name><surname>Sec</surname></name>'
        "<role>Reviewing Editor</role></contrib></contrib-group>"
        + '<contrib-group content-type="reviewers">' + contrib("Rev", kind="") + "</contrib-group>"
        + group(contrib("Plain", kind=""))
    )  # fmt: skip
    assert [author["surname"] for author in found] == ["Reed", "Plain"]


def test_a_collaboration_comes_before_its_members() -> None:
    members = group(contrib("Marsh"), contrib("Pond", kind=""))
    collab = f"<collab>The <italic>Otter</italic> Group<xref ref-type='aff' rid='a'>1</xref>{members}</collab>"
    found = authors(group(contrib("Reed"), f"<contrib contrib-type='author'>{collab}</contrib>", contrib("Last")))
    assert [(author["name"], author["is_collective"]) for author in found] == [
        ("Ida Reed", False), ("The Otter Group", True), ("Ida Marsh", False), ("Ida Pond", False), ("Ida Last", False),
    ]  # fmt: skip
    assert rows(article(contribs=group(f"<contrib>{collab}</contrib>"))).paper["authors"][0] == "The Otter Group"


@pytest.mark.parametrize(
    "inner",
    [
        '<contrib-id contrib-id-type="orcid">https://orcid.org/0000-0002-1825-009X</contrib-id>',
        '<contrib-id contrib-id-type="ORCID" authenticated="true">0000-0002-1825-009x</contrib-id>',
        "<contrib-id>http://orcid.org/0000-0002-1825-009X/</contrib-id>",
        '<ext-link ext-link-type="orcid" xlink:href="https://orcid.org/0000-0002-1825-009X"><img/></ext-link>',
        '<uri content-type="orcid">http://orcid.org/000000021825009X</uri>',
    ],
)
def test_orcid_in_any_spelling(inner: str) -> None:
    [author] = authors(group(contrib(inner=inner)))
    assert author["orcid"] == "0000-0002-1825-009X"


def test_other_ids_are_no_orcid_and_members_keep_their_own() -> None:
    scopus = '<contrib-id contrib-id-type="scopus">0000-0002-1825-0097</contrib-id>'
    orcid = '<contrib-id contrib-id-type="orcid">0000-0002-1825-0097</contrib-id>'
    found = authors(
        group(
            contrib(inner=scopus),
            f"<contrib><collab>G{group(contrib('Marsh', inner=orcid))}</collab></contrib>",
        )
    )
    assert [author["orcid"] for author in found] == [None, None, "0000-0002-1825-0097"]


CORRESP = '<author-notes><corresp id="c1">* i@x.no</corresp><fn id="f1"><p>Equal.</p></fn></author-notes>'


@pytest.mark.parametrize(
    ("mark", "is_corresponding"),
    [
        ('<xref ref-type="corresp" rid="c1">*</xref>', True),
        ('<xref ref-type="author-notes" rid="f1 c1">*</xref>', True),
        ('<xref ref-type="author-notes" rid="f1">#</xref>', None),
        ('<xref ref-type="aff" rid="a1">1</xref>', None),
        ("", None),
    ],
)
def test_who_is_corresponding_is_said_by_a_mark(mark: str, is_corresponding: bool | None) -> None:
    found = authors(group(contrib(inner=mark), contrib("Marsh")), CORRESP)
    other = None if is_corresponding is None else False
    assert [author["is_corresponding"] for author in found] == [is_corresponding, other]


def test_the_corresponding_author_may_say_so_itself_or_be_a_group() -> None:
    own = 'contrib-type="author" corresp="yes"'
    found = authors(group(contrib(kind='contrib-type="author" corresp="no"'), contrib("Marsh", kind=own)))
    assert [author["is_corresponding"] for author in found] == [False, True]
    collab = f"<contrib {own}><collab>Otter Group{group(contrib('Pond'))}</collab></contrib>"
    assert [author["is_corresponding"] for author in authors(group(collab))] == [True, False]


AFFS = (
    '<aff id="a1"><label><sup>1</sup></label>Lake Institute, <country>Norway</country>. '
    "Email: <email>i@x.no</email></aff>"
    '<aff id="a2"><sup>2</sup> Pond College</aff>'
)


def affiliations(contribs: str, meta: str = "") -> list[list[str] | None]:
    return [author["affiliations"] for author in authors(contribs, meta)]


def xref(rid: str) -> str:
    return f'<xref ref-type="aff" rid="{rid}"><sup>1</sup></xref>'


def test_affiliations_by_reference() -> None:
    both = contrib(inner=xref("a1") + '<xref ref-type="corresp" rid="c1">*</xref>' + xref("a2"))
    expected = [["Lake Institute, Norway.", "Pond College"], ["Pond College"], None]
    contribs = [both, contrib(inner=xref("a2")), contrib()]
    assert affiliations(group(*contribs, AFFS)) == expected
    assert affiliations(group(*contribs), AFFS) == expected
    assert affiliations(group(contrib(inner=xref("a2 a1"))) + AFFS) == [["Pond College", "Lake Institute, Norway."]]


def test_affiliations_without_ids_by_label() -> None:
    unkeyed = '<xref ref-type="aff">2</xref>'
    assert affiliations(group(contrib(inner=unkeyed)) + AFFS) == [["Pond College"]]


def test_affiliations_inside_or_after_their_people() -> None:
    aff = "<aff>{}</aff>"
    assert affiliations(group(contrib(inner=aff.format("A")), contrib(inner=aff.format("B")))) == [
        ["A"],
        ["B"],
    ]
    runs = group(contrib(), contrib(), aff.format("A"), contrib(), aff.format("B"), aff.format("C"))
    assert affiliations(runs) == [["A"], ["A"], ["B", "C"]]
    assert affiliations(group(contrib(), contrib()), aff.format("A")) == [["A"], ["A"]]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (
            "<institution>Lake Institute</institution><city>Oslo</city><country>Norway</country>",
            "Lake Institute, Oslo, Norway",
        ),
        (
            "<institution-wrap><institution-id>ror:1</institution-id><institution>Lake Institute</institution>"
            "</institution-wrap> <addr-line>Oslo</addr-line>",
            "Lake Institute, Oslo",
        ),
        ("<institution>Lake Institute</institution>, <country>Norway</country>;", "Lake Institute, Norway"),
        ("<institution>Lake</institution> Institute<break/>Oslo", "Lake Institute, Oslo"),
        (
            '<institution content-type="original">Lake Institute, Oslo, Norway</institution>'
            '<institution content-type="orgname">Lake Institute</institution>',
            "Lake Institute, Oslo, Norway",
        ),
    ],
)
def test_the_parts_of_an_affiliation_are_not_glued(inner: str, text: str) -> None:
    assert affiliations(group(contrib(inner=f"<aff><label>1</label>{inner}</aff>"))) == [[text]]


def test_alternatives_of_an_affiliation_count_once() -> None:
    aff = '<aff-alternatives id="a1"><aff>Lake Institute</aff><aff>湖</aff></aff-alternatives>'
    assert affiliations(group(contrib(inner=xref("a1"))) + aff) == [["Lake Institute"]]
