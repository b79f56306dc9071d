"""The command line on a warehouse that is loaded: questions, state, quarantine, examination, help."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration import samples
from tests.integration.house import TABLES, House, Running, topic
from tests.integration.samples import article, page, pmcid

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

#: More rows than a terminal is shown.
ARTICLES = 45


@pytest.fixture(scope="module")
def loaded(lasting_houses: Callable[[str], House]) -> House:
    """A house with pages, articles, and one article in quarantine."""
    house = lasting_houses("loaded")
    samples.write(house.folder / "pages", {"1.md": page(101), "2.md": page(102)})
    samples.write(house.folder / "articles", samples.articles(range(1, ARTICLES + 1)))
    samples.write(house.folder / "articles", {"bare.xml": article(99, title=None), "empty.xml": ""})
    house.configure(topic("pages", "tomesphere", "pages"), topic("articles", "jats", "articles"))
    house.ingest().ok()
    return house


@pytest.fixture(scope="module", autouse=True)
def serverless(lasting_houses: Callable[[str], House]) -> tuple[House, Running]:
    """An ingest without a configured server; it takes its time, so it runs while the other tests do."""
    house = lasting_houses("serverless")
    del house.env["PREFECT_API_URL"]
    house.env["PREFECT_HOME"] = str(house.folder / "prefect")
    samples.write(house.folder / "pages", {"1.md": page(1)})
    house.configure(topic("pages", "tomesphere", "pages"))
    return house, house.start("ingest")


ASKED = "SELECT paper_id, title, published, key_findings FROM papers WHERE source = 'tomesphere' ORDER BY 1"


def test_sql_as_csv(loaded: House) -> None:
    out = loaded.run("sql", ASKED, "--format", "csv").ok().out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["paper_id"] for row in rows] == [pmcid(101), pmcid(102)]
    assert rows[0]["published"] == "2024-02-01"
    assert json.loads(rows[0]["key_findings"]) == ["Pages can be parsed.", "Samples are short."]


def test_sql_as_json(loaded: House) -> None:
    rows = json.loads(loaded.run("sql", ASKED, "--format", "json").ok().out)
    assert rows[1]["title"] == samples.made_up_title(102)
    assert rows[1]["key_findings"] == ["Pages can be parsed.", "Samples are short."]
    assert json.loads(loaded.run("sql", f"{ASKED} LIMIT 0", "--format", "json").ok().out) == []


def test_sql_as_markdown(loaded: House) -> None:
    lines = loaded.run("sql", "SELECT 'a|b' AS x, NULL AS y, 1 AS z", "--format", "markdown").ok().out.splitlines()
    assert lines == ["| x | y | z |", "| --- | --- | --- |", "| a\\|b |  | 1 |"]


def test_sql_as_table(loaded: House) -> None:
    out = loaded.run("sql", ASKED).ok().out
    assert all(word in out for word in ("paper_id", "published", pmcid(101), pmcid(102), "2024-02-01"))


def test_a_long_answer_is_shortened_with_a_note_that_says_how_to_have_it_all(loaded: House) -> None:
    query = f"SELECT paper_id FROM papers WHERE paper_id <= '{pmcid(ARTICLES)}' ORDER BY paper_id"
    everyone = [pmcid(number) for number in range(1, ARTICLES + 1)]
    shown = loaded.run("sql", query).ok().out
    assert sum(paper in shown for paper in everyone) < ARTICLES
    assert "--format" in shown.splitlines()[-1]
    assert loaded.run("sql", query, "--format", "csv").ok().out.split() == ["paper_id", *everyone]


def test_sql_without_a_query_reads_statements_from_standard_input(loaded: House) -> None:
    typed = "SELECT count(*) AS pages\nFROM papers WHERE source = 'tomesphere';\n.tables\nSELECT 40 + 2 AS answer"
    out = loaded.run("sql", "--format", "csv", typed=typed).ok().out
    lines = out.splitlines()
    assert lines[:2] == ["pages", "2"]
    assert lines[-2:] == ["answer", "42"]
    assert sum(f"main,{table}," in out for table in TABLES) == len(TABLES)


def test_the_prompt_describes_the_table_of_a_name_and_no_other(loaded: House) -> None:
    typed = ".describe authors;\n.describe authors' OR ''='\n"
    out = loaded.run("sql", "--format", "csv", typed=typed).ok().out
    assert "orcid,VARCHAR," in out
    assert "mesh_terms" not in out


def test_a_wrong_statement_on_standard_input_does_not_keep_the_others_from_their_answers(loaded: House) -> None:
    ended = loaded.run("sql", "--format", "csv", typed="SELECT nonsense;\nSELECT 42 AS answer;\n")
    assert ended.out.split() == ["answer", "42"]
    assert "nonsense" in ended.err
    assert ended.code == 1


@pytest.mark.parametrize(
    ("query", "word"),
    [("SELECT nonsense FROM papers", "nonsense"), ("SELEC 1", "SELEC"), ("DELETE FROM papers", "read-only")],
)
def test_an_error_in_sql_is_told_in_duckdbs_words(query: str, word: str, loaded: House) -> None:
    ended = loaded.run("sql", query)
    assert ended.code == 1
    assert word in ended.err
    assert "Traceback" not in ended.err
    assert not ended.out


def test_an_answer_may_be_cut_off_by_its_reader(loaded: House) -> None:
    command = [sys.executable, "-m", "flows", "sql", "SELECT * FROM range(300000)", "--format", "csv"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=loaded.folder, env=loaded.env, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline().strip() == "range"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_a_page_is_written_and_read_again(loaded: House, tmp_path: Path) -> None:
    written = loaded.run("page", "--full", samples.doi(1)).ok().out
    house = House(tmp_path / "house", loaded.env)
    samples.write(house.folder / "pages", {f"{pmcid(1)}.md": written})
    house.configure(topic("pages", "tomesphere", "pages"))
    house.ingest().ok()
    assert house.run("page", "--full", pmcid(1)).ok().out.partition("\n---")[0] == written.partition("\n---")[0]
    house.close()


def test_a_page_of_a_paper_that_is_not_there(loaded: House) -> None:
    ended = loaded.run("page", "PMC404")
    assert (ended.code, ended.out) == (1, "")
    assert ended.line.startswith("paperhouse: PMC404: no paper of ")


EXPORTED = [
    "papers", "authors", "concept_mappings", "entities", "paper_ids", "paper_sources", "references", "sections",
]  # fmt: skip


def test_an_export_is_described_and_replaced_by_the_next(loaded: House, tmp_path: Path) -> None:
    for style in ("csv", "parquet"):
        out = loaded.run("export", "--format", style, "--to", str(tmp_path / "out")).ok().out
        assert [line.split()[0] for line in out.splitlines()] == [*EXPORTED, "exported"]
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text())
    assert package["resources"][0]["rows"] == ARTICLES + 2
    assert len(list((tmp_path / "out").iterdir())) == 1 + len(EXPORTED)
    refused = loaded.run("export", "--format", "csv", "--to", str(loaded.data))
    assert refused.code == 1
    assert refused.line.endswith("holds something else already; name a new folder")
    assert loaded.run("export", "--format", "csv", "--to", "x", "--since", "soon").code == 2


def test_status_says_what_is_loaded_and_how_the_last_runs_went(loaded: House) -> None:
    out = loaded.run("status").ok().out
    assert f"papers {ARTICLES + 2}" in out
    (articles,) = (line.split() for line in out.splitlines() if line.startswith("articles"))
    assert articles[1] == "done"
    assert "title" in out


def test_status_as_json(loaded: House) -> None:
    status = json.loads(loaded.run("status", "--json").ok().out)
    assert status["tables"]["papers"] == ARTICLES + 2
    assert set(status["tables"]) == set(TABLES)
    runs = {
        run["topic"]: (run["fetched"], run["loaded"], run["unchanged"], run["rejected"]) for run in status["last_runs"]
    }
    assert runs == {"articles": (ARTICLES + 2, ARTICLES, 0, 2), "pages": (2, 2, 0, 0)}
    assert sum(reason["rows"] for reason in status["rejects"]) == 2
    assert status["watermarks"] == []
    assert Path(status["published"]) == (loaded.data / "papers.duckdb").resolve()


def test_rejects_lists_what_was_set_aside(loaded: House) -> None:
    out = loaded.run("rejects").ok().out
    assert "articles/bare.xml" in out
    assert "articles/empty.xml" in out
    by_file = {row["source_id"]: row for row in loaded.rejects()}
    assert set(by_file) == {"articles/bare.xml", "articles/empty.xml"}
    assert json.loads(by_file["articles/bare.xml"]["row"])["doi"] == samples.doi(99)


def test_publish_makes_a_new_snapshot_of_the_same(loaded: House) -> None:
    before, content = (loaded.data / "papers.duckdb").resolve(), loaded.fingerprints()
    out = loaded.run("publish").ok().out
    published = (loaded.data / "papers.duckdb").resolve()
    assert published != before
    assert str(published) in out
    assert loaded.fingerprints() == content


def test_the_configuration_may_be_named_by_the_environment(loaded: House, tmp_path: Path) -> None:
    elsewhere = House(tmp_path / "elsewhere", {})
    elsewhere.env["PAPERHOUSE_CONFIG"] = str(loaded.folder / "paperhouse.yaml")
    out = elsewhere.run("sql", "SELECT count(*) AS papers FROM papers", "--format", "csv").ok().out
    assert out.split() == ["papers", str(ARTICLES + 2)]


def findings(out: str) -> dict[str, str]:
    """The doctor's verdicts by what was looked at."""
    return {line.split()[1].rstrip(":"): line.split()[0] for line in out.splitlines()}


def test_the_doctor_finds_nothing_wrong(loaded: House) -> None:
    well = findings(loaded.run("doctor").ok().out)
    assert set(well.values()) == {"ok"}
    assert {"configuration", "disk", "server", "database", "landing"} <= set(well)


def test_the_doctor_names_each_thing_that_is_wrong(house: House, loaded: House) -> None:
    loaded.copy(house.folder)
    for document in (house.data / "landing" / "documents").rglob("*.zst"):
        document.write_bytes(b"not what it was")
    house.env["PREFECT_API_URL"] = "http://127.0.0.1:9/api"
    ended = house.run("doctor")
    assert ended.code == 1
    assert "Traceback" not in ended.err
    wrong = {name for name, verdict in findings(ended.out).items() if verdict != "ok"}
    assert wrong == {"server", "landing"}


def test_the_doctor_can_be_asked_before_anything_is_there(house: House) -> None:
    ended = house.run("doctor")
    assert ended.code == 1
    assert findings(ended.out) == {"configuration": "FAIL"}
    house.configure(topic("gone", "jats", "gone"))
    ended = house.run("doctor")
    assert ended.code == 1
    assert "paperhouse ingest" in ended.out
    assert findings(ended.out)["topics"] == "FAIL"


@pytest.mark.parametrize("command", ["", "ingest", "sql", "page", "status", "rejects", "export", "publish", "doctor"])
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    out = House(tmp_path, {}).run(*command.split(), "--help").ok().out
    assert out.startswith(f"usage: paperhouse {command}".strip())
    assert "--config" in out or not command


def test_without_a_server_an_ingest_brings_its_own_and_takes_it_away(serverless: tuple[House, Running]) -> None:
    house, running = serverless
    assert not running.wait().ok().err
    assert house.counts() == {"pages": ("done", 1, 1, 0, 0)}
    assert not running.members()
