"""Who is who: claims that share an id are about one paper, unless they contradict each other, in whatever order."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.merging.identity import Claim, identify


def keys(*claims: Claim) -> list[str]:
    found = identify(claims)
    return [found[claim.witness] for claim in claims]


def claim(own_id: str, pmcid: str | None = None, pmid: str | None = None, doi: str | None = None) -> Claim:
    return Claim("jats", own_id, pmcid, pmid, doi)


def test_a_claim_alone_has_the_best_id_that_it_claims() -> None:
    claims = [claim("a", "PMC1", "1", "10.5555/a"), claim("b", None, "2", "10.5555/b"), claim("c", doi="10.5555/c")]
    assert keys(*claims, claim("some file.xml")) == ["PMC1", "PMID:2", "DOI:10.5555/c", "JATS:some_file.xml"]


@pytest.mark.parametrize(
    "shared", [{"pmcid": "PMC1"}, {"pmid": "1"}, {"doi": "10.5555/a"}], ids=lambda shared: next(iter(shared))
)
def test_claims_that_share_an_id_are_about_one_paper(shared: dict[str, str]) -> None:
    one, other = Claim("jats", "one", **shared), Claim("tomesphere", "other", **shared)
    assert len({*keys(one, other)}) == 1


def test_a_better_id_of_one_is_the_key_of_all() -> None:
    page, record = Claim("tomesphere", "page", doi="10.5555/a"), Claim("europepmc", "MED:1", None, "1", "10.5555/a")
    assert keys(page, record) == ["PMID:1", "PMID:1"]
    article = Claim("jats", "PMC1", "PMC1", "1")
    assert keys(page, record, article) == ["PMC1"] * 3


def test_one_doi_of_two_pmcids_joins_nothing() -> None:
    one, other = claim("one", "PMC1", doi="10.5555/a"), claim("other", "PMC2", doi="10.5555/a")
    assert keys(one, other) == ["PMC1", "PMC2"]
    nameless, too = claim("nameless", doi="10.5555/a"), claim("nameless too", doi="10.5555/a")
    assert keys(one, other, nameless, too) == ["PMC1", "PMC2", "DOI:10.5555/a", "DOI:10.5555/a"]


def test_one_doi_of_two_pmids_joins_nothing() -> None:
    one, other = claim("one", None, "1", "10.5555/a"), claim("other", None, "2", "10.5555/a")
    assert keys(one, other, claim("nameless", doi="10.5555/a")) == ["PMID:1", "PMID:2", "DOI:10.5555/a"]


def test_one_pmid_of_two_pmcids_joins_nothing() -> None:
    one, other = claim("one", "PMC1", "7"), claim("other", "PMC2", "7")
    assert keys(one, other, claim("third", None, "7"), claim("fourth", None, "7", "10.5555/a")) == [
        *("PMC1", "PMC2", "PMID:7", "PMID:7"),
    ]


def test_a_chain_that_ends_in_a_contradiction_is_cut_at_its_weakest_link() -> None:
    one, middle, other = (
        claim("one", "PMC1", "1"),
        claim("middle", None, "1", "10.5555/a"),
        claim("other", "PMC2", None, "10.5555/a"),
    )
    assert keys(one, middle, other) == ["PMC1", "PMC1", "PMC2"]


def test_two_dois_of_one_pmcid_are_no_contradiction() -> None:
    assert keys(claim("one", "PMC1", doi="10.5555/a"), claim("other", "PMC1", doi="10.5555/b")) == ["PMC1", "PMC1"]


def test_what_belongs_to_a_record_is_of_its_paper() -> None:
    record = Claim("europepmc", "PPR:PPR1", doi="10.5555/a")
    belongings = [Claim("europepmc:annotations", "PPR:PPR1"), Claim("pubtator", "PPR:PPR1")]
    assert keys(record, *belongings) == ["DOI:10.5555/a"] * 3
    assert keys(*belongings, claim("a", "PMC1", doi="10.5555/a"), record)[:2] == ["PMC1", "PMC1"]
    assert keys(Claim("europepmc:annotations", "MED:1")) == ["EUROPEPMC:MED:1"]


CLAIMS = st.builds(
    Claim,
    st.sampled_from(["jats", "tomesphere", "europepmc", "pubtator"]),
    st.sampled_from("abcd"),
    st.sampled_from([None, "PMC1", "PMC2"]),
    st.sampled_from([None, "1", "2"]),
    st.sampled_from([None, "10.5555/a", "10.5555/b"]),
)


@given(st.lists(CLAIMS, max_size=8, unique_by=lambda claim: claim.witness), st.randoms(use_true_random=False))
def test_the_order_of_arrival_is_no_matter(claims: list[Claim], chance: random.Random) -> None:
    found = identify(claims)
    shuffled = list(claims)
    chance.shuffle(shuffled)
    assert identify(shuffled) == found
    assert set(found) == {claim.witness for claim in claims}


@given(st.lists(CLAIMS, max_size=8, unique_by=lambda claim: claim.witness))
def test_no_paper_has_two_pmcids_and_no_pmcid_two_papers(claims: list[Claim]) -> None:
    records = [claim for claim in claims if claim.witness == claim.anchor]
    found = identify(records)
    of_paper = {(found[claim.witness], claim.pmcid) for claim in records if claim.pmcid}
    assert max(Counter(key for key, _ in of_paper).values(), default=1) == 1
    assert max(Counter(pmcid for _, pmcid in of_paper).values(), default=1) == 1
