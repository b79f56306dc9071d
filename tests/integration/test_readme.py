"""The README tells the truth: its questions have its answers, its commands and make targets are there."""

import re

import pytest

from tests.integration.house import ROOT, House

pytestmark = pytest.mark.integration

README = (ROOT / "README.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"```sql\n(.*?)\n```\n\n```\n(.*?)\n```", README, re.DOTALL)
COMMANDS = sorted(set(re.findall(r"^paperhouse (\w+)|`paperhouse (\w+)", README, re.MULTILINE)))
TARGETS = sorted(set(re.findall(r"\bmake (\w+)", README)) - {"that"})


def test_the_counts_of_the_demo(demo: House) -> None:
    counts = "papers 12  authors 46  entities 39  references 68  sections 46"
    assert counts in README
    assert counts in demo.ingest().ok().out


@pytest.mark.parametrize(("question", "answer"), QUESTIONS, ids=["first", "second", "third"])
def test_the_questions_have_their_answers(demo: House, question: str, answer: str) -> None:
    assert demo.run("sql", question).ok().out.strip() == answer.strip()


def test_the_questions_are_those_of_the_demo() -> None:
    files = sorted((ROOT / "warehouse" / "queries").glob("*.sql"))
    asked = [file.read_text(encoding="utf-8").partition("\n")[2].strip() for file in files]
    assert [question.strip() for question, _ in QUESTIONS] == asked


def test_the_commands_are_there(demo: House) -> None:
    names = {name for pair in COMMANDS for name in pair if name}
    assert names >= {"ingest", "sql", "status", "rejects"}
    for name in names:
        assert demo.run(name, "--help").ok().out.startswith(f"usage: paperhouse {name}")


def test_make_knows_its_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {"demo", "test", "help"} <= set(TARGETS)
    assert [target for target in TARGETS if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_no_link_leads_nowhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md"]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert links
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
