"""The sources by name: which of them count as papers, what belongs to whose records, and who is believed first."""

from typing import Literal, get_args

#: Sources on disk: two files that tell of one paper are a contradiction; a service's later answer is newer.
FILES = ("jats", "tomesphere")
#: Sources whose documents count as papers; the others' tell of papers that one of these describes.
COUNTED = (*FILES, "europepmc")
#: What belongs to the records of a source: it tells of the paper that the record is of, under the record's name.
BELONGING = {
    "europepmc:fulltext": "europepmc",
    "europepmc:references": "europepmc",
    "europepmc:annotations": "europepmc",
    "pubtator": "europepmc",
}
#: Who is believed first: the publisher's XML, then the curated record, then pages made of it.
Describing = Literal["jats", "europepmc:fulltext", "europepmc", "europepmc:references", "tomesphere"]
PRECEDENCE: tuple[Describing, ...] = get_args(Describing)


def source_of(witness: str) -> str:
    """The source that rows name: ``europepmc`` for its annotations (``europepmc:annotations``), too."""
    return witness.partition(":")[0]


def record_of(witness: str) -> str:
    """The source of the records that a witness belongs to, or itself."""
    return BELONGING.get(witness, witness)
