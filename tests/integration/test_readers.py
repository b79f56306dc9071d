"""Readers of the published warehouse and the ingests that change it do not notice each other."""

import pytest

from tests.integration import samples
from tests.integration.house import House, topic

pytestmark = [pytest.mark.integration, pytest.mark.timeout(200)]

SETS = 3
PAPERS = 10
EDITIONS = (1, 2, 3, 4)


def write_edition(house: House, edition: int) -> None:
    """Three batches, so that a load takes its time; each edition has other rows, and more of them."""
    for number in range(SETS):
        numbers = range(number * PAPERS + 1, (number + 1) * PAPERS + 1)
        content = samples.articles(numbers, edition=edition, references=edition, sections=edition + 1)
        samples.write(house.folder / "sets", {f"set-{number}.zip": samples.zip_of(content)})


def whole(edition: int) -> list[list[object]]:
    """The answer to the readers' question where all rows are of one edition."""
    papers = SETS * PAPERS
    rows = {"authors": 2 * papers, "papers": papers, "references": edition * papers}
    return [[table, edition, count] for table, count in {**rows, "sections": (edition + 1) * papers}.items()]


def test_readers_see_one_state_and_no_error_through_three_ingests(house: House) -> None:
    stop = house.folder / "stop"
    house.configure(topic("sets", "jats", "sets"))
    write_edition(house, EDITIONS[0])
    house.ingest().ok()
    keeps, reopens = (house.start_reader(stop, how, 0.1) for how in ("keep", "reopen"))

    for edition in EDITIONS[1:]:
        write_edition(house, edition)
        house.ingest().ok()
        assert house.counts() == {"sets": ("done", SETS * PAPERS, SETS * PAPERS, 0, 0)}
    stop.touch()

    *kept, asked = keeps.wait().ok().json_lines()
    assert kept == [whole(EDITIONS[0])]
    assert asked > 20
    *seen, asked = reopens.wait().ok().json_lines()
    assert seen == [whole(edition) for edition in EDITIONS]
    assert asked > 20
    assert len(list((house.data / "snapshots").iterdir())) == 2
    house.assert_sound()
