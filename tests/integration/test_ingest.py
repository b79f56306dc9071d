"""Ingest from end to end: what is loaded, what is left alone, what is set aside, and that the sums are right."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
import yaml

from tests.apis import faults
from tests.apis.server import ApiServer
from tests.apis.tomesphere import pages
from tests.integration import samples
from tests.integration.house import LINEAGE, ROOT, SHARED, TABLES, Ended, House, topic
from tests.integration.samples import article, page, pmcid

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

SEED = SHARED / "seed" / "PMC12259643.md"


@dataclass(frozen=True)
class Step:
    """What a house looks like after an ingest."""

    ended: Ended
    content: dict[str, list[tuple[Any, ...]]]
    landed: list[str]
    counts: dict[str | None, tuple[str, int, int, int, int]]
    last_runs: int
    updated: dict[str, Any]


@dataclass(frozen=True)
class Story:
    """One house through several ingests."""

    house: House
    steps: dict[str, Step] = field(default_factory=dict)

    def ingest(self, name: str, *arguments: str) -> None:
        ended = self.house.ingest(*arguments).ok()
        runs = self.house.runs()
        self.steps[name] = Step(
            ended,
            self.house.content(),
            self.house.landed(),
            self.house.counts(),
            sum(run["flow_run_id"] == runs[-1]["flow_run_id"] for run in runs),
            dict(self.house.query("SELECT paper_id, updated_at FROM papers")),
        )


@pytest.fixture(scope="module", autouse=True)
def story_under_way(lasting_houses: Callable[[str], House]) -> Iterator[Future[Story]]:
    """The story is long: it is told in the background while the first tests run."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(tell, lasting_houses("story"))


@pytest.fixture
def story(story_under_way: Future[Story]) -> Story:
    return story_under_way.result()


def demo_topics() -> list[dict[str, Any]]:
    """The topics of the configuration that comes with the checkout, where their files are."""
    topics = yaml.safe_load((ROOT / "paperhouse.yaml").read_text(encoding="utf-8"))["topics"]
    return [entry | {"path": str(ROOT / entry["path"])} for entry in topics]


def tell(house: House) -> Story:
    """Pages and articles in every wrapping: ingested, again, after changes, and once more by force."""
    samples.write(house.folder / "pages", {f"{number}.md": page(number) for number in (1, 2, 3)})
    samples.write(
        house.folder / "articles",
        {
            "plain.xml": article(11),
            "zipped.xml.gz": samples.gz_of(article(12)),
            "set.xml": samples.article_set(article(13), article(14)),
            "archive.tar.xz": samples.tar_of(samples.articles(range(15, 18))),
            "archive.zip": samples.zip_of(samples.articles(range(18, 19))),
            "wrong-orcid.xml": article(19, orcid="0000-0002-1825-0098"),
            "no-title.xml": article(20, title=None),
        },
    )
    own = [topic("pages", "tomesphere", "pages"), topic("articles", "jats", "articles")]
    seed = [topic("seed", "tomesphere", str(SEED))] if SEED.exists() else []
    house.configure(*own, *seed, *demo_topics())
    told = Story(house)
    told.ingest("first")
    told.ingest("again")
    samples.write(
        house.folder / "articles",
        {"plain.xml": article(11, edition=2), "set.xml": samples.article_set(article(13, edition=2), article(14))},
    )
    (house.folder / "pages" / "3.md").unlink()
    told.ingest("changed")
    told.ingest("refreshed", "--full-refresh", "--topic", "pages")
    return told


@pytest.mark.slow
def test_pages_come_by_id_over_http(house: House, serve: Callable[..., ApiServer]) -> None:
    held = {pmcid(number): page(number).encode() for number in (1, 2)}
    server = serve(pages(held))
    server.fail(faults.status(503), times=2, path=pmcid(2))
    settings = {"tomesphere": {"base_url": server.base_url, "requests_per_second": 50}}
    house.configure(topic("reading", "tomesphere", ids=[pmcid(1), "PMC404", pmcid(2)]), sources=settings)

    ended = house.ingest().ok()

    assert house.counts() == {"reading": ("done", 3, 2, 0, 1)}
    assert house.papers() == [pmcid(1), pmcid(2)]
    assert server.asked() == {
        f"/paper/{pmcid(1)}/full.md": 1,
        "/paper/PMC404/full.md": 1,
        f"/paper/{pmcid(2)}/full.md": 3,
    }
    assert "PMC404" in ended.line
    (missing,) = house.rejects()
    assert (missing["source_id"], missing["table_name"]) == ("PMC404", "documents")
    assert "404" in missing["value"]

    house.ingest().ok()
    assert house.counts() == {"reading": ("done", 3, 0, 2, 1)}
    house.assert_sound()


@pytest.mark.slow
def test_a_paper_of_two_sources_is_the_same_whichever_came_first(houses: Callable[[str], House]) -> None:
    pages_first, articles_first = houses("pages-first"), houses("articles-first")
    both = [topic("pages", "tomesphere", "pages"), topic("articles", "jats", "articles")]
    for house in (pages_first, articles_first):
        samples.write(house.folder / "pages", {f"{number}.md": page(number) for number in (1, 2)})
        samples.write(house.folder / "articles", samples.articles(range(2, 4)))
    pages_first.configure(*both)
    articles_first.configure(*reversed(both))

    one_by_one, at_once = pages_first.start("ingest", "--topic", "pages"), articles_first.start("ingest")
    one_by_one.wait().ok()
    pages_first.ingest("--topic", "articles").ok()
    at_once.wait().ok()

    assert pages_first.content(*LINEAGE) == articles_first.content(*LINEAGE)
    assert pages_first.papers() == [pmcid(1), pmcid(2), pmcid(3)]
    merged = f"SELECT source, title, tldr, len(authors), reference_count FROM papers WHERE paper_id = '{pmcid(2)}'"
    assert pages_first.query(merged) == [("jats", samples.made_up_title(2), "In short, sample 2 in edition 1.", 2, 3)]
    entities = f"SELECT count(*) FROM entities WHERE paper_id = '{pmcid(2)}'"
    assert pages_first.value(entities) == 3

    before = articles_first.content()
    again = pages_first.start("ingest"), articles_first.start("ingest")
    for house, running in zip((pages_first, articles_first), again, strict=True):
        running.wait().ok()
        assert house.counts() == {"pages": ("done", 2, 0, 2, 0), "articles": ("done", 2, 0, 2, 0)}
        house.assert_sound()
    assert articles_first.content() == before


def with_a_double(house: House) -> None:
    """Ingest two files that give the same paper with other content: the first is loaded, the second set aside."""
    samples.write(house.folder / "articles", {"a.xml": article(1), "b.xml": article(1, edition=2)})
    house.configure(topic("articles", "jats", "articles"))
    line = house.ingest().ok().line
    assert "articles/b.xml" in line
    assert "a.xml already, with other content; remove one of the two" in line
    assert house.query("SELECT journal FROM papers") == [("Edition 1",)]
    assert house.counts() == {"articles": ("done", 2, 1, 0, 1)}


#: ``paperhouse`` of another day, whose parser could not read one of the pages.
OLDER_PARSER = """
from tasks.parsers import batch
from tasks.parsers.rows import ParseError

parse = batch.PARSERS["tomesphere-page"]

def older(document, source_id):
    if source_id.endswith("2.md"):
        raise ParseError("well_formed", "nobody has seen such a page before")
    return parse(document, source_id)

batch.PARSERS["tomesphere-page"] = older

from flows.cli import main
main()
"""


@pytest.mark.slow
def test_a_replay_reads_landed_documents_again_without_their_source(house: House) -> None:
    samples.write(house.folder / "pages", {f"{number}.md": page(number) for number in (1, 2)})
    house.configure(topic("pages", "tomesphere", "pages"))
    house.run("ingest", code=OLDER_PARSER).ok()
    assert house.counts() == {"pages": ("done", 2, 1, 0, 1)}
    assert house.papers() == [pmcid(1)]
    (reject,) = house.rejects()
    assert (reject["source_id"], reject["check"]) == ("pages/2.md", "well_formed")
    published = (house.data / "papers.duckdb").resolve()
    (house.folder / "pages" / "2.md").rename(house.folder / "2.away")

    replayed = house.run("rejects", "--replay").ok()

    assert "1 loaded" in replayed.out
    assert house.papers() == [pmcid(1), pmcid(2)]
    assert house.rejects() == []
    assert (house.data / "papers.duckdb").resolve() != published
    run = house.runs()[-1]
    assert (run["flow"], run["topic"], run["fetched"], run["loaded"]) == ("replay", None, 1, 1)

    (house.folder / "2.away").rename(house.folder / "pages" / "2.md")
    house.ingest().ok()
    assert house.counts()["pages"] == ("done", 2, 0, 2, 0)
    house.assert_sound()


@pytest.mark.slow
def test_a_replay_does_not_let_a_double_take_the_first_ones_place(house: House) -> None:
    with_a_double(house)
    before = house.content()
    house.run("rejects", "--replay").ok()
    assert house.content() == before
    assert [row["source_id"] for row in house.rejects()] == ["articles/b.xml"]


@pytest.mark.slow
def test_the_remedy_for_a_double_helps_whichever_is_removed(house: House) -> None:
    with_a_double(house)
    (house.folder / "articles" / "a.xml").unlink()
    house.ingest().ok()
    assert house.query("SELECT journal FROM papers") == [("Edition 2",)]
    assert house.counts() == {"articles": ("done", 1, 1, 0, 0)}
    assert house.rejects() == []


@pytest.fixture
def seeded(story: Story) -> House:
    if not SEED.exists():
        pytest.skip("the seed page is not here (../shared/seed)")
    return story.house


def test_the_seed_page_gives_exactly_its_paper(seeded: House) -> None:
    with_names = "SELECT paper_id, doi, journal, published, published_precision, authors, len(key_findings), \
        tldr, contribution, abstract, reference_count, has_full_text, url FROM papers WHERE paper_id = 'PMC12259643'"
    ((*facts, tldr, contribution, abstract, references, has_full_text, url),) = seeded.query(with_names)
    authors = ["Gabriel Orozco", "Dharani Ramaiah", "Alejandro Cracco", "Siddharth Desai", "Roberto Gedaly"]
    assert facts == [
        *("PMC12259643", "10.3389/fsurg.2025.1603704", "Frontiers in Surgery"),
        *(date(2025, 7, 1), "day", authors, 3),
    ]
    assert tldr.startswith("Liver transplantation can offer long-term survival")
    assert contribution.startswith("This review highlights liver transplantation")
    assert abstract.startswith("Neuroendocrine liver metastases (NELM)")
    assert abstract.endswith("this challenging clinical setting.")
    assert (references, has_full_text, url) == (41, False, "https://tomesphere.com/paper/PMC12259643")
    in_order = "SELECT name FROM authors WHERE paper_id = 'PMC12259643' ORDER BY position"
    assert [name for (name,) in seeded.query(in_order)] == authors


def test_the_seed_page_gives_exactly_its_entities(seeded: House) -> None:
    found = seeded.query(
        "SELECT scope, entity_type, label, curie, qualifiers FROM entities WHERE paper_id = 'PMC12259643' ORDER BY ALL"
    )
    assert sorted(found, key=repr) == sorted(
        [
            ("linked", "Disease", "liver failure", "MONDO:0100192", None),
            ("full_text", "Disease", "NETs", "MESH:D018358", None),
            ("full_text", "Disease", "liver failure", "MESH:D017093", None),
            ("full_text", "Disease", "NELM", "MESH:D009362", None),
            ("full_text", "Species", "Homo sapiens", "NCBITaxon:9606", ["human", "species"]),
        ],
        key=repr,
    )


def test_the_demo_loads_whole_and_answers_its_questions(story: Story) -> None:
    for entry in demo_topics():
        status, fetched, loaded, *others = story.steps["first"].counts[entry["name"]]
        assert (status, others) == ("done", [0, 0])
        assert fetched == loaded > 0
        assert story.steps["again"].counts[entry["name"]] == ("done", fetched, 0, fetched, 0)
    for question in sorted((ROOT / "warehouse" / "queries").glob("*.sql")):
        assert story.house.query(question.read_text(encoding="utf-8")), f"{question.name} has no answer"


def test_every_wrapping_is_loaded(story: Story) -> None:
    first = story.steps["first"]
    assert first.counts["pages"] == ("done", 3, 3, 0, 0)
    assert first.counts["articles"] == ("done", 10, 9, 0, 1)
    expected = {pmcid(number) for number in (1, 2, 3, *range(11, 20))}
    assert {paper for paper in first.updated if paper.startswith(pmcid(0)[:6])} == expected


def test_the_summary_gives_the_counts_and_where_to_look(story: Story) -> None:
    ended = story.steps["first"].ended
    rows = [line.split() for line in ended.out.splitlines()]
    assert ["pages", "done", "3", "3", "0", "0"] in [row[:6] for row in rows]
    assert ["articles", "done", "10", "9", "0", "1"] in [row[:6] for row in rows]
    assert str(story.house.data / "papers.duckdb") in ended.out


def test_the_same_again_writes_nothing(story: Story) -> None:
    first, again = story.steps["first"], story.steps["again"]
    assert again.counts["pages"] == ("done", 3, 0, 3, 0)
    assert again.counts["articles"] == ("done", 10, 0, 9, 1)
    assert again.content == first.content
    assert again.landed == first.landed


def test_only_what_changed_is_loaded(story: Story) -> None:
    again, changed = story.steps["again"], story.steps["changed"]
    assert changed.counts["articles"] == ("done", 10, 2, 7, 1)
    written = {paper for paper in changed.updated if changed.updated[paper] != again.updated[paper]}
    assert written == {pmcid(11), pmcid(13)}
    of_edition_2 = story.house.query("SELECT paper_id FROM papers WHERE journal = 'Edition 2' ORDER BY ALL")
    assert of_edition_2 == [(pmcid(11),), (pmcid(13),)]
    for table in set(TABLES) - {"papers", "entities"}:
        stale = f"SELECT count(*) FROM main.{table} AS t WHERE paper_id IN ('{pmcid(11)}', '{pmcid(13)}') \
            AND contains(t::VARCHAR, 'dition 1')"
        assert story.house.value(stale) == 0


def test_a_change_lands_beside_what_was_there(story: Story) -> None:
    new = set(story.steps["changed"].landed) - set(story.steps["again"].landed)
    assert set(story.steps["again"].landed) <= set(story.steps["changed"].landed)
    assert sum(name.startswith("documents/") for name in new) == 2


def test_a_removed_file_keeps_its_paper(story: Story) -> None:
    changed = story.steps["changed"]
    assert changed.counts["pages"] == ("done", 2, 0, 2, 0)
    assert changed.updated[pmcid(3)] == story.steps["first"].updated[pmcid(3)]


def test_a_full_refresh_of_one_topic_loads_it_again_and_leaves_the_others(story: Story) -> None:
    changed, refreshed = story.steps["changed"], story.steps["refreshed"]
    assert refreshed.counts["pages"] == ("done", 2, 2, 0, 0)
    assert refreshed.last_runs == 1
    written = {paper for paper in refreshed.updated if refreshed.updated[paper] != changed.updated[paper]}
    assert written == {pmcid(1), pmcid(2)}
    for table in set(TABLES) - {"papers"}:
        assert refreshed.content[table] == changed.content[table]


def test_the_rules_of_the_contract_hold(story: Story) -> None:
    story.house.assert_sound()


def test_every_table_and_column_says_what_it_is(story: Story) -> None:
    silent = """
        SELECT schema_name, table_name, '' FROM duckdb_tables() WHERE NOT internal AND coalesce(trim(comment), '') = ''
        UNION ALL
        SELECT schema_name, view_name, '' FROM duckdb_views() WHERE NOT internal AND coalesce(trim(comment), '') = ''
        UNION ALL
        SELECT schema_name, table_name, column_name FROM duckdb_columns()
        WHERE NOT internal AND coalesce(trim(comment), '') = ''
    """
    assert story.house.query(silent) == []
    assert story.house.value("SELECT count(*) FROM duckdb_columns() WHERE NOT internal") > 80


def test_what_is_set_aside_says_why_and_keeps_the_row(story: Story) -> None:
    found = {(row["source_id"], row["table_name"], row["column_name"]): row for row in story.house.rejects()}
    lost = found[("articles/no-title.xml", "papers", "title")]
    assert lost["check"]
    assert json.loads(lost["row"])["paper_id"] == pmcid(20)
    value_only = found[("articles/wrong-orcid.xml", "authors", "orcid")]
    assert (value_only["value"], bool(value_only["check"])) == ("0000-0002-1825-0098", True)
    assert json.loads(value_only["row"])["name"] == "Ada of edition 1 Quill"
    assert len(found) == 2


def test_a_rejected_value_is_null_and_its_row_is_loaded(story: Story) -> None:
    people = story.house.query(f"SELECT name, orcid FROM authors WHERE paper_id = '{pmcid(19)}' ORDER BY position")
    assert people == [("Ada of edition 1 Quill", None), ("Bo of edition 1 Berg", None)]


def test_a_rejected_paper_leaves_no_rows_behind(story: Story) -> None:
    for table in TABLES:
        assert story.house.value(f"SELECT count(*) FROM main.{table} WHERE paper_id = '{pmcid(20)}'") == 0


def test_a_replay_that_mends_nothing_leaves_everything_as_it_is(story: Story) -> None:
    before, rejects = story.house.content(), story.house.rejects()
    story.house.run("rejects", "--replay").ok()
    assert story.house.content() == before
    described = ("source_id", "table_name", "column_name", "check", "value")
    assert [[row[name] for name in described] for row in story.house.rejects()] == [
        [row[name] for name in described] for row in rejects
    ]
    story.house.assert_sound()
