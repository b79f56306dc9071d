"""Identifiers: many spellings reach one form, nothing is judged, nothing is raised; the patterns do the judging."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import identifiers as ids
from schemas.identifiers import normalise_doi, normalise_orcid, normalise_pmcid, normalise_pmid, paper_id

NORMALISERS = [normalise_doi, normalise_orcid, normalise_pmcid, normalise_pmid]

#: Text as it is found where an id is expected: the parts of ids, in any order, and anything else.
PREFIXES = ["PMC", "pmc", "PMID:", "pmid ", "doi:", "DOI: ", "https://doi.org/", "http://dx.doi.org/", "info:doi/"]
BODIES = [
    "10.1234/",
    "AbC",
    "0000-0002-1825-0097",
    "000000021694233x",
    "12259643",
    "007",
    "/",
    " ",
    "\n",
    "\u00a0",
    "٣",
]
pieces = st.lists(st.sampled_from(PREFIXES + BODIES), max_size=5).map("".join)
spellings = st.one_of(st.none(), st.text(max_size=30), pieces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12259643", "PMC12259643"),
        ("pmc12259643", "PMC12259643"),
        ("PMC12259643", "PMC12259643"),
        (" PMC1 \n", "PMC1"),
        ("0012", "PMC12"),
        ("PMC12.1", "PMC12.1"),
        ("", None),
        (" ", None),
        (None, None),
    ],
)
def test_pmcid(text: str | None, expected: str | None) -> None:
    assert normalise_pmcid(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31000001", "31000001"),
        ("PMID: 31000001", "31000001"),
        ("pmid31000001", "31000001"),
        ("PMID 31000001", "31000001"),
        (" 0031 ", "31"),
        ("31000001a", "31000001a"),
        ("PMID:", None),
        ("", None),
        (None, None),
    ],
)
def test_pmid(text: str | None, expected: str | None) -> None:
    assert normalise_pmid(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.3389/FSURG.2025.1603704", "10.3389/fsurg.2025.1603704"),
        ("https://doi.org/10.3389/fsurg.2025.1603704", "10.3389/fsurg.2025.1603704"),
        ("http://dx.doi.org/10.1/A", "10.1/a"),
        ("HTTPS://DOI.ORG/10.1/A", "10.1/a"),
        ("doi:10.1/a", "10.1/a"),
        (" DOI : 10.1/a ", "10.1/a"),
        ("info:doi/10.1/a", "10.1/a"),
        ("https://doi.org/doi:10.1/a", "10.1/a"),
        ("doi: https://doi.org/10.1/a", "10.1/a"),
        ("10.1016/s0140-6736(20)30183-5", "10.1016/s0140-6736(20)30183-5"),
        ("not a doi", "not a doi"),
        ("doi:", None),
        ("", None),
        (None, None),
    ],
)
def test_doi(text: str | None, expected: str | None) -> None:
    assert normalise_doi(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("https://orcid.org/0000-0002-1694-233x", "0000-0002-1694-233X"),
        ("http://orcid.org/0000-0002-1694-233X/ ", "0000-0002-1694-233X"),
        ("000000021694233X", "0000-0002-1694-233X"),
        ("0000-0002-1825", "0000-0002-1825"),
        ("", None),
        (None, None),
    ],
)
def test_orcid(text: str | None, expected: str | None) -> None:
    assert normalise_orcid(text) == expected


@given(spellings)
@example("9" * 5000)
@example("pmid" * 3 + "1")
@example("doi:" * 3 + "10.1/a")
def test_normalising_never_raises_and_twice_is_once(text: str | None) -> None:
    for normalise in NORMALISERS:
        once = normalise(text)
        assert once is None or once == once.strip() != ""
        assert normalise(once) == once, normalise.__name__


@pytest.mark.parametrize(
    ("pmcid", "pmid", "doi", "expected"),
    [
        ("PMC1", "2", "10.1234/x", "PMC1"),
        (None, "2", "10.1234/x", "PMID:2"),
        (None, None, "10.1234/x", "DOI:10.1234/x"),
        (None, None, None, "JATS:a_file.xml"),
        ("PMC0", "2", None, "PMID:2"),
        ("PMC", "02", "10.1234/x", "DOI:10.1234/x"),
        ("", "", "10.1234/X", "JATS:a_file.xml"),
        ("PMC1\n", "2\n", "10.1234/x\n", "JATS:a_file.xml"),
    ],
)
def test_the_best_well_formed_id_is_the_key(
    pmcid: str | None, pmid: str | None, doi: str | None, expected: str
) -> None:
    assert paper_id(pmcid, pmid, doi, "jats", "a file.xml") == expected


@example("PMC1\n", None, None, "jats", "a.xml")
@given(spellings, spellings, spellings, st.sampled_from(["jats", "tomesphere"]), st.text(min_size=1, max_size=20))
def test_a_key_is_always_of_the_keys_form(
    pmcid: str | None, pmid: str | None, doi: str | None, source: str, source_id: str
) -> None:
    key = paper_id(pmcid, pmid, doi, source, source_id)
    assert re.fullmatch(ids.PAPER_ID, key)
    assert paper_id(pmcid, pmid, doi, source, source_id) == key


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (ids.PMCID, ["PMC1", "PMC12259643"], ["PMC", "PMC0", "PMC01", "pmc1", "12259643", "PMC1.1", "PMC12345678901"]),
        (ids.PMID, ["1", "31000001"], ["0", "031", "PMID:1", "1234567890", "1a", ""]),
        (
            ids.DOI,
            ["10.3389/fsurg.2025.1603704", "10.1016/s0140-6736(20)30183-5", "10.1000.10/123456", "10.1234/ü<>;"],
            [
                "10.3389/FSURG",
                "10.338/x",
                "10.3389",
                "10.3389/",
                "10.3389/a b",
                "doi:10.3389/x",
                "https://doi.org/10.1/x",
            ],
        ),
        (
            ids.ORCID,
            ["0000-0002-1825-0097", "0000-0002-1694-233X"],
            ["0000-0002-1825-009", "0000-0002-1694-233x", "0000000218250097", "https://orcid.org/0000-0002-1825-0097"],
        ),
        (ids.ISSN, ["2296-875X", "0140-6736"], ["2296875X", "2296-875x", "2296-87", "2296-875XX"]),
        (
            ids.CURIE,
            ["MESH:D017093", "MONDO:0100192", "NCBITaxon:9606", "dbSNP:rs113488022", "Cellosaurus:CVCL_0030"],
            ["D017093", "MESH:", ":D017093", "MESH:D 1", "9606:NCBITaxon", ""],
        ),
        (ids.LANGUAGE, ["en", "de"], ["eng", "EN", "e", "en-GB", ""]),
        (
            ids.PAPER_ID,
            ["PMC1", "PMID:2", "DOI:10.1234/x", "TOMESPHERE:a-page", "JATS:a/b.xml"],
            ["", "1", "PMC", "JATS:", "JATS:a b", "jats:a"],
        ),
    ],
)
def test_patterns(pattern: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not re.search(pattern, text)] == []
    assert [text for text in bad if re.search(pattern, text)] == []
