"""What the benchmarks measure and write with; the benchmarks themselves run by hand (`make bench`)."""

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
ARTICLE = b"""<article><front><article-meta><article-id pub-id-type="pmcid">PMC71</article-id>
<title-group><article-title xml:lang="en">On water</article-title></title-group></article-meta></front>
<back><ref-list><ref><mixed-citation><article-title>Salt</article-title></mixed-citation></ref></ref-list></back>
</article>"""


@pytest.fixture(autouse=True)
def measures(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets ``measures`` be found, as it is by the commands that lie beside it."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "measures"]:
        del sys.modules[name]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.xml").write_bytes(ARTICLE)
    return folder


def test_a_part_of_a_page_is_renewed_and_the_rest_stays(tmp_path: Path) -> None:
    from measures.page import renew

    page = tmp_path / "page.md"
    page.write_text("# Page\n\n<!-- costs -->\n<!-- end of costs -->\n\nThe end.\n")
    for text in ("| 1 |", r"| \1 | 2 |"):
        renew(page, "costs", text)
        assert page.read_text() == f"# Page\n\n<!-- costs -->\n\n{text}\n\n<!-- end of costs -->\n\nThe end.\n"
    with pytest.raises(LookupError, match="has no place for growth"):
        renew(page, "growth", "| 1 |")


def test_every_part_that_a_benchmark_writes_has_its_place_in_the_docs() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()
    for part in ("costs", "contents", "harvest", "growth", "growth of answers"):
        assert page.index(f"<!-- {part} -->\n") < page.index(f"<!-- end of {part} -->")


def test_a_picture_has_a_bar_of_the_median_for_each(tmp_path: Path) -> None:
    from measures.bars import bars

    root = ElementTree.fromstring(bars("Costs", {"floor": [1, 1, 1], "a < b": [2, 4, 3]}, "floor"))
    _, floor, other = [float(item.get("width", "0")) for item in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert other == pytest.approx(3 * floor, rel=0.01)
    assert "a < b" in [item.text for item in root.iter("{http://www.w3.org/2000/svg}text")]


def test_some_articles_change_for_a_while(articles: Path) -> None:
    from measures.unpacking import changed

    with changed(articles, every=2):
        now = [path.read_bytes() for path in sorted(articles.iterdir())]
    wanted = ARTICLE.replace(b"On water", b"Changed: On water")
    assert now == [wanted, ARTICLE, wanted, ARTICLE, wanted]
    assert {path.read_bytes() for path in articles.iterdir()} == {ARTICLE}


def test_more_articles_have_ids_of_their_own(articles: Path, tmp_path: Path) -> None:
    from measures.unpacking import multiply

    assert multiply(articles, tmp_path / "many", 3) == 15
    found = [path.read_bytes() for path in sorted((tmp_path / "many").iterdir())]
    assert found[::5] == [ARTICLE.replace(b"PMC71", own) for own in (b"PMC71", b"PMC711", b"PMC712")]


def test_the_cost_of_a_command_is_that_of_all_its_processes(tmp_path: Path) -> None:
    from measures.processes import cost_of

    work = "import time\nwhile time.process_time() < {}: pass"
    command = [sys.executable, "-c", f"import subprocess, sys; x = bytearray(50_000_000); {work.format(0.3)!r}\n"
               f"subprocess.run([sys.executable, '-c', {work.format(0.5)!r}]); print('done')"]  # fmt: skip
    cost = cost_of(command, tmp_path, {})
    assert cost.out == "done\n"
    assert 0.5 < cost.cpu < 30
    assert cost.wall > 0.4
    assert cost.peak > 50_000_000
    with pytest.raises(RuntimeError, match="ended with 3"):
        cost_of([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, {})
