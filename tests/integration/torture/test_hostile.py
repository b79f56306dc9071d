"""Hostile documents: each is loaded as text or set aside with a reason, at a bounded cost; its neighbours load."""

import gzip
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from markdown_it import MarkdownIt

from tests.apis.server import ApiServer
from tests.integration import samples
from tests.integration.browser import Browser
from tests.integration.conftest import PrefectServer
from tests.integration.house import ROOT, House, files_below, topic
from tests.integration.samples import article, page, pmcid
from tests.integration.torture import LONG
from tests.integration.torture.heavy import HEAVY, ROWS
from tests.integration.torture.strangers import TEXTS, with_dtd
from tests.unit.test_terminal import unseen

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1500)]

#: Where the links of a report may lead.
OUR_ADDRESSES = ("https://pmc.", "https://pubmed.ncbi.nlm.nih.gov/", "https://doi.org/", "file:///")

#: How much of its worst size a document has in the short form, and which ones there are.
SCALE = 1.0 if LONG else 0.05
TRIED = list(HEAVY) if LONG else ["a million tags inside each other", "a page of open brackets", "quadratic blow-up"]
#: What a document may cost a parser at most: seconds of CPU, megabytes.
SECONDS, MEGABYTES = 120, 2500

SECRET = "the-secret-of-the-canary"
GOOD = range(900, 905)
#: A title that would run in a page that took it for HTML, and one that would be a link that runs.
SCRIPT = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
LINK = "[click me](javascript:alert(1)) <a href='javascript:alert(1)'>me</a> ![x](http://evil.example/x.png)"
ESCAPES = "C1 \x9b31m red, DEL \x7f, turned \u202egnp.exe"


@pytest.mark.parametrize("name", TRIED)
def test_what_the_worst_documents_cost(name: str, tmp_path: Path) -> None:
    kind, make, check = HEAVY[name]
    (tmp_path / "document").write_bytes(make(SCALE))
    command = [sys.executable, "-m", "tests.integration.torture.heavy", kind, str(tmp_path / "document")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=1200)
    found = json.loads(done.stdout)
    print(
        f"\n{name}: {found['bytes'] / 1e6:.1f} MB, {found['seconds']:.1f} s, {found['megabytes']} MB of memory: "
        f"{found['check']} {found['message'][:100]}"
    )
    assert found["check"] == check
    assert found["check"] == ROWS or found["message"]
    assert found["seconds"] < SECONDS
    assert found["megabytes"] < MEGABYTES


def hostile_articles(canary: str, secret: Path) -> dict[str, tuple[bytes, str | None]]:
    """By file name: an article that wants to read or ask for something, and the check that it fails, if any."""
    told = {}
    for number, address in enumerate((secret.as_uri(), f"{canary}/entity"), start=1):
        forms = {
            "general": (f'<!ENTITY x SYSTEM "{address}">', "&x;"),
            "public": (f'<!ENTITY x PUBLIC "-//X" "{address}">', "&x;"),
            "parameter": (f'<!ENTITY % x SYSTEM "{address}"> %x;', ""),
            "nested": (f"<!ENTITY % x '<!ENTITY &#37; y SYSTEM \"{address}\">'> %x; %y;", ""),
            "unparsed": (f'<!NOTATION n SYSTEM "{address}"><!ENTITY x SYSTEM "{address}" NDATA n>', ""),
        }
        for form, (declaration, reference) in forms.items():
            told[f"{form}-{number}.xml"] = (with_dtd(800 + number, declaration, reference).encode(), "entity")
        first = 810 + 10 * number
        dtd = with_dtd(first, "").replace(" []", f' SYSTEM "{address}"')
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{address}" parse="text"/>'
        sheet = f'<?xml-stylesheet type="text/xsl" href="{address}"?>'
        schema = (
            f'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="x {address}" xml:base="{address}"'
        )
        told |= {
            f"dtd-{number}.xml": (dtd.encode(), None),
            f"xinclude-{number}.xml": (article(first + 1).replace("<sec>", f"<sec>{include}", 1).encode(), None),
            f"stylesheet-{number}.xml": (article(first + 2).replace("?>\n", f"?>\n{sheet}\n", 1).encode(), None),
            f"schema-{number}.xml": (article(first + 3).replace("<article ", f"<article {schema} ", 1).encode(), None),
            f"link-{number}.xml": (article(first + 4, words=address).encode(), None),
        }
    return told


def hostile_tar() -> bytes:
    """Members that lead elsewhere, links, devices, a bomb, and a good one behind them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for number, name in enumerate(("../../outside.xml", "/tmp/absolute-of-a-test.xml", "a/../../../up.xml")):
            content = article(700 + number).encode()
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
        for name, kind in (("s.xml", tarfile.SYMTYPE), ("h.xml", tarfile.LNKTYPE), ("d.xml", tarfile.CHRTYPE),
                           ("b.xml", tarfile.BLKTYPE), ("f.xml", tarfile.FIFOTYPE)):  # fmt: skip
            header = tarfile.TarInfo(name)
            header.type, header.linkname = kind, "/etc/passwd"
            tar.addfile(header)
        for name, content in (("bomb.xml.gz", gzip.compress(bytes(150_000_000), 1)), ("z.xml", article(703).encode())):
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return out.getvalue()


def hostile_zip() -> bytes:
    """The same of a .zip, with an archive within that stays closed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../outside.xml", article(710))
        link = zipfile.ZipInfo("link.xml")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bomb.xml", b" " * 150_000_000)
        archive.writestr("inner.zip", samples.zip_of({"x.xml": article(799)}))
        archive.writestr("z.xml", article(711))
    return out.getvalue()


@pytest.fixture(scope="module")
def attacked(lasting_houses: Callable[[str], House]) -> dict[str, Any]:
    """A house that was told all of it once; what was expected, and what the canary heard."""
    house = lasting_houses("attacked")
    secret = house.folder / "secret.txt"
    secret.write_text(SECRET)
    with ApiServer([]) as canary:
        told = hostile_articles(canary.base_url, secret)
        texts = {f"text-{n}.xml": article(600 + n, title=text, words=text) for n, text in enumerate(TEXTS)}
        good = {f"good-{n}.xml": article(n) for n in GOOD}
        samples.write(house.folder / "articles", {name: content for name, (content, _) in told.items()} | texts | good)
        samples.write(house.folder / "archives", {"x.tar": hostile_tar(), "y.zip": hostile_zip()})
        pages = [f"T {SCRIPT}", f"T {LINK}", f"T {ESCAPES} \x1b[31mred\x1b]0;owned\x07", "=1+1"]
        samples.write(house.folder / "pages", {f"{n}.md": page(500 + n, title=t) for n, t in enumerate(pages)})
        samples.write(house.folder / "pages", {"<script>alert(1)</script>\x1b[31m.md": b"no page"})
        house.configure(
            topic("articles", "jats", "articles"),
            topic("archives", "jats", "archives"),
            topic("pages", "tomesphere", "pages"),
        )
        before = files_below(house.folder.parent)
        ended = house.ingest().ok()
        created = [name for name in files_below(house.folder.parent) if name not in before and "/data/" not in name]
        return {"house": house, "told": told, "ended": ended, "created": created, "asked": list(canary.requests)}


def test_nothing_is_read_asked_for_or_written_outside(attacked: dict[str, Any]) -> None:
    house: House = attacked["house"]
    assert attacked["asked"] == []
    assert attacked["created"] == []
    assert not Path("/tmp/absolute-of-a-test.xml").exists()
    everything = repr(house.content()) + repr(house.rejects())
    assert SECRET not in everything
    assert "root:" not in everything
    house.assert_sound()


def test_each_is_loaded_or_set_aside_with_its_reason(attacked: dict[str, Any]) -> None:
    house: House = attacked["house"]
    reasons = {reject["source_id"]: reject["check"] for reject in house.rejects()}
    told: dict[str, tuple[bytes, str | None]] = attacked["told"]
    expected = {f"articles/{name}": check for name, (_, check) in told.items() if check}
    expected |= {"archives/x.tar#bomb.xml.gz": "size", "archives/y.zip#bomb.xml": "empty"}
    found = {source_id: check for source_id, check in reasons.items() if not source_id.startswith("pages/")}
    assert {key: found.get(key) for key in expected} == {key: found[key] for key in found}
    (name,) = (source_id for source_id in reasons if source_id.startswith("pages/"))
    assert unseen(name) == set()
    good = {pmcid(number) for number in (*GOOD, 700, 701, 702, 703, 710, 711, *range(500, 504))}
    assert good <= set(house.papers())
    papers = house.value("SELECT count(*) FROM papers")
    print(
        f"\n{len(told)} articles that want to read or ask, {len(TEXTS)} texts, 2 archives, 4 pages: "
        f"{papers} papers, {len(reasons)} set aside, no request, no file"
    )


def test_texts_are_kept_to_the_letter(attacked: dict[str, Any]) -> None:
    house: House = attacked["house"]
    titles = dict(house.query("SELECT pmcid, title FROM papers"))
    for number, text in enumerate(TEXTS):
        folded = " ".join(text.split())
        assert titles[pmcid(600 + number)] == folded, text
    tables = house.value("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main'")
    assert tables >= 5


def test_nothing_of_it_reaches_a_terminal_or_a_formula(attacked: dict[str, Any], tmp_path: Path) -> None:
    house: House = attacked["house"]
    assert unseen(attacked["ended"].out + attacked["ended"].err) == set()
    for command in (["sql", "SELECT title FROM papers"], ["rejects"], ["status"]):
        ended = house.run(*command).ok()
        assert ended.out.strip() and unseen(ended.out + ended.err) == set(), command
    assert "\x9b" in house.run("page", pmcid(502)).ok().out  # a pipe gets all as it is


def test_artifacts_show_it_as_text(attacked: dict[str, Any], prefect: PrefectServer) -> None:
    """As GitHub's Markdown with HTML reads them, which is what the UI does."""
    found = httpx.post(f"{prefect.api_url}/artifacts/filter", json={"limit": 200}, trust_env=False, timeout=60).json()
    texts = [artifact["data"] for artifact in found if artifact["type"] == "markdown"]
    for artifact in found:
        if artifact["type"] == "table":
            texts += [cell for row in json.loads(artifact["data"]) for cell in row.values()]
    assert any("onerror" in text for text in texts) and any("javascript" in text for text in texts)
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    for text in texts:
        for token in (inner for block in reader.parse(text) for inner in (block, *(block.children or []))):
            assert token.type not in ("html_block", "html_inline") or token.content == "<!-- -->", token
            if token.type == "link_open":
                assert str(token.attrGet("href")).startswith(OUR_ADDRESSES), token
            if token.type == "image":
                assert str(token.attrGet("src")).startswith("data:image/svg+xml;base64,"), token


@pytest.mark.slow
def test_nothing_runs_in_the_ui(attacked: dict[str, Any], prefect: PrefectServer, tmp_path: Path) -> None:
    """The titles are there to be read: no script, no picture, no link of theirs."""
    with Browser(prefect.api_url.removesuffix("/api"), tmp_path / "chromium") as browser:
        for key, shown in (("ingest-summary", "onerror"), ("ingest-rejects", "script")):
            asked = {"artifacts": {"key": {"any_": [key]}}, "limit": 1, "sort": "CREATED_DESC"}
            found = httpx.post(f"{prefect.api_url}/artifacts/filter", json=asked, trust_env=False, timeout=60).json()
            browser.open(f"/artifacts/artifact/{found[0]['id']}", shown)
            assert browser.driver.title != "owned"
            gathered = "return [...document.querySelectorAll('img, a, script')].map(one => one.src || one.href || '')"
            addresses = browser.driver.execute_script(gathered)
            assert addresses
            assert [one for one in addresses if "evil" in one or one.startswith("javascript:")] == []
            assert browser.driver.find_elements("css selector", "[onerror]") == []
