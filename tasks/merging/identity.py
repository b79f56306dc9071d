"""Which claims are about the same paper. A pure function of the claims, blind to the order in which they came.

Each source names the paper it tells of in its own way, and claims ids for it. Claims that share a PMCID are about the
same paper; so are those that share a PMID, then those that share a DOI, unless they contradict each other: where the
claims that share an id stand for several PMCIDs (or, of a DOI, several PMIDs), it joins only those which have no better
id. So one DOI under two PMCIDs merges nothing; the view ``paper_id_conflicts`` reports it.

What belongs to a record (its full text, annotations ...) is of the paper that the record is of, whatever ids it names.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.identifiers import paper_id
from schemas.sources import record_of

#: Kinds of ids, the best first.
SCHEMES = ("pmcid", "pmid", "doi")

#: How a source and its own name for a paper are written down.
Witness = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a source says that a paper is called: its own name for it, and the ids that it claims."""

    source: str
    own_id: str
    pmcid: str | None = None
    pmid: str | None = None
    doi: str | None = None

    @property
    def witness(self) -> Witness:
        return self.source, self.own_id

    @property
    def anchor(self) -> Witness:
        """The record that the claim belongs to, or itself."""
        return record_of(self.source), self.own_id


def identify(claims: Iterable[Claim]) -> dict[Witness, str]:
    """The paper_id of each claim, by its source and own id.

    claims: every claim that shares an id with any other of them must be among them, as must what belongs to them.
    """
    given = list(claims)
    groups = _Groups(given)
    for place, scheme in enumerate(SCHEMES):
        groups.join(scheme, better=SCHEMES[:place])
    return {claim.witness: groups.of(claim.anchor).key() for claim in given}


class _Group:
    """Claims about one paper."""

    def __init__(self, claim: Claim) -> None:
        self.claims = [claim]

    def values(self, scheme: str) -> set[str]:
        """The ids of that scheme that its claims have."""
        return {value for claim in self.claims if (value := getattr(claim, scheme))}

    def key(self) -> str:
        """The key of the paper: the best id that any of its claims has."""
        pmcid, pmid, doi = (min(self.values(scheme), default=None) for scheme in SCHEMES)
        return paper_id(pmcid, pmid, doi, *min(claim.anchor for claim in self.claims))


class _Groups:
    """The claims in groups, which grow while ids are looked at; one group is one paper in the end."""

    def __init__(self, claims: list[Claim]) -> None:
        # of claims that share an anchor the record's own is the last, and counts
        in_order = sorted(claims, key=lambda claim: (claim.witness == claim.anchor, claim.witness))
        self._group = {claim.anchor: _Group(claim) for claim in in_order}

    def of(self, anchor: Witness) -> _Group:
        return self._group[anchor]

    def join(self, scheme: str, better: Sequence[str]) -> None:
        """Join the groups that share an id of this scheme; better: the schemes in which they must not differ."""
        sharing: dict[str, set[Witness]] = defaultdict(set)
        for anchor, group in self._group.items():
            for value in group.values(scheme):
                sharing[value].add(anchor)
        for value in sorted(sharing):
            groups = list({id(group): group for group in map(self.of, sorted(sharing[value]))}.values())
            if any(len(set().union(*(group.values(name) for group in groups))) > 1 for name in better):
                groups = [group for group in groups if not any(group.values(name) for name in better)]
            self._merge(groups)

    def _merge(self, groups: list[_Group]) -> None:
        for group in groups[1:]:
            groups[0].claims += group.claims
            for claim in group.claims:
                self._group[claim.anchor] = groups[0]
