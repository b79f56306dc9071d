"""Networks that fail: whatever a service answers, a run ends in bounded time, and the next one has it all."""

import ssl
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.apis import faults
from tests.apis.chance import RandomFaults
from tests.apis.server import ApiServer, Fault
from tests.apis.services import services
from tests.apis.tomesphere import pages
from tests.integration import samples
from tests.integration.house import Ended, House, topic
from tests.integration.samples import page, pmcid
from tests.integration.test_harvest import assert_same, configure, small_library
from tests.integration.torture import LONG, SEED

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1500)]

#: Seconds of one attempt: those of the product, or fewer so that a drip need not be waited for.
ATTEMPT = 120 if LONG else 6
#: Runs that a harvest may need where three of five answers are wrong.
TRIES = 15
PATIENCE = 1200

#: ``paperhouse`` that waits less for slow answers and between attempts.
HASTY = f"""
from tasks.sources.http import Service

Service.__init__.__kwdefaults__.update(total_seconds={ATTEMPT}, back_off=0.05)

from flows.cli import main
main()
"""

#: What is wrong with the answer for a page, and what the quarantine says of it; nothing where the page comes.
WRONG: dict[str, tuple[Fault, str]] = {
    "drip": (faults.drip(1), f"was not answered completely within {ATTEMPT} s (tried 2 times)"),
    "drip-from-the-start": (faults.drip(1, body_only=False), f"was not answered completely within {ATTEMPT} s"),
    "endless": (faults.endless, "is longer than 64 MB"),
    "bomb": (faults.gzip_bomb(70), "is longer than 64 MB"),
    "more-announced": (faults.truncated, "broke off"),
    "fewer-announced": (faults.too_short_a_length, ""),
    "no-last-chunk": (faults.truncated_chunks, "broke off"),
    "half-a-gzip": (faults.truncated_gzip, "broke off: the compressed body ends early"),
    "reset": (faults.drop, "broke off: Connection reset by peer"),
    "elsewhere": (faults.redirect("http://evil.example/page"), "redirected to another host"),
    "a-file": (faults.redirect("file:///etc/passwd"), "redirected to another host"),
    "another-scheme": (faults.redirect("gopher://127.0.0.1/x"), "redirected to another host"),
    "yesterdays-error": (faults.html("text/markdown"), "an HTML page"),
    "json": (faults.answer(b'{"error": "\x1b[31mno"}', "text/markdown"), "JSON"),
    "nothing": (faults.answer(b""), "an empty body"),
    "nothing-new": (faults.answer(b"", code=304), "304 Not Modified"),
    "teapot": (faults.status(418, body=b'{"message": "\x1b]0;owned\x07 no"}'), "418"),
    "lies-about-its-type": (faults.html("image/png"), "an HTML page"),
}
if not LONG:
    del WRONG["drip-from-the-start"]  # one drip is slow enough
#: Pages that come, before, between and behind the others.
GOOD = ("first", "middle", "last")
TELLS_ANOTHER_TYPE = "right-but-html"


def page_ids() -> dict[str, str]:
    """The ids of the pages that are asked for, by what happens to them, in the order of asking."""
    names = [*WRONG, TELLS_ANOTHER_TYPE]
    ordered = [GOOD[0], *names[:6], GOOD[1], *names[6:], GOOD[2]]
    return {name: pmcid(number) for number, name in enumerate(ordered, start=1)}


def served() -> dict[str, bytes]:
    """The page of each id."""
    return {page_id: page(number).encode() for number, page_id in enumerate(page_ids().values(), start=1)}


def of_pages(house: House, server: ApiServer) -> None:
    settings = {"tomesphere": {"base_url": server.base_url, "requests_per_second": 50}}
    house.configure(topic("pages", "tomesphere", ids=list(page_ids().values())), sources=settings)


@pytest.mark.slow
def test_each_wrong_answer_costs_its_page_alone_and_the_next_run_has_it(houses: Callable[[str], House]) -> None:
    house, calm, ids = houses("house"), houses("calm"), page_ids()
    with ApiServer([pages(served())]) as server:
        of_pages(calm, server)
        calm.ingest().ok()
        of_pages(house, server)
        for name, (fault, _) in WRONG.items():
            server.fail(fault, times=4, path=f"/{ids[name]}/")
        another = ids[TELLS_ANOTHER_TYPE]
        server.fail(faults.answer(served()[another], "text/html; charset=latin-1"), path=f"/{another}/")
        began = time.monotonic()
        ended = house.start("ingest", code=HASTY).wait(PATIENCE).ok()
        took = time.monotonic() - began
        assert "Traceback" not in ended.err and "\x1b" not in ended.out + ended.err
        expected = {ids[name]: words for name, (_, words) in WRONG.items() if words}
        assert house.counts() == {"pages": ("done", len(ids), len(ids) - len(expected), 0, len(expected))}
        reasons = {reject["source_id"]: reject["value"] for reject in house.rejects()}
        assert sorted(reasons) == sorted(expected)
        assert {key: reasons[key] for key, words in expected.items() if words not in reasons[key]} == {}
        assert all("\n" not in reason and f"/paper/{page_id}/" in reason for page_id, reason in reasons.items())
        house.assert_sound()
        drips = sum("drip" in name for name in WRONG)
        assert took < 2 * drips * ATTEMPT + PATIENCE / 2  # each tried twice, and not again in this run
        print(
            f"\n{len(WRONG)} kinds of wrong answers among {len(ids)} pages: {took:.0f} s, "
            f"{len(expected)} set aside with a reason, {len(server.requests)} requests in all"
        )

        server.stopping.set()  # whatever drips still
        server._faults.clear()
        house.ingest().ok()
        assert house.rejects() == []
        assert_same(house, server, calm, server)
        house.assert_sound()
        print("the next run, with a healthy service: equal to an undisturbed one")


@pytest.mark.slow
def test_no_name_no_certificate_no_tls(house: House, tmp_path: Path) -> None:
    """A topic whose service has a certificate of its own making, one without a name, a vocabulary without TLS."""
    samples.write(house.folder, {"good/a.xml": samples.article(1)})
    with ApiServer([]) as plain, ApiServer([]) as secure:
        secure.socket = self_signed(tmp_path).wrap_socket(
            secure.socket, server_side=True, do_handshake_on_connect=False
        )
        secret = secure.base_url.replace("http://", "https://")
        settings = {"europepmc": {"base_url": secret}, "tomesphere": {"base_url": "http://x.invalid"}}
        house.configure(
            {"name": "secret", "source": "europepmc", "query": "water", "since": str(datetime.now(UTC).date())},
            topic("nameless", "tomesphere", ids=["PMC1"]),
            topic("good", "jats", "good"),
            sources=settings,
            vocabularies={"mondo_mesh": f"{plain.base_url.replace('http://', 'https://')}/mondo.sssom.tsv"},
        )
        began = time.monotonic()
        ended = house.start("ingest", code=HASTY).wait(PATIENCE)
        took = time.monotonic() - began
        assert secure.requests == plain.requests == []
    assert ended.code == 1
    assert "Traceback" not in ended.err
    lines = ended.err.strip().splitlines()
    for words in (
        ("topic secret failed", "found no connection", "CERTIFICATE_VERIFY_FAILED"),
        ("topic nameless failed", "x.invalid", "found no connection"),
        ("mondo.sssom.tsv", "found no connection", "SSL"),
    ):
        assert [line for line in lines if all(word in line for word in words)], (words, lines)
    assert len(lines) == 3, lines
    assert house.papers() == [pmcid(1)]
    statuses = {run["topic"] or run["flow"]: run["status"] for run in house.runs()}
    assert statuses == {"secret": "failed", "nameless": "failed", "good": "done", "vocabularies": "failed"}
    house.assert_sound()
    print(f"\nno valid certificate, no such name, no TLS: three lines, exit code 1, {took:.0f} s; the good topic loads")


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, plain)
    (folder / "server.pem").write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


@pytest.mark.slow  # its short sibling is test_harvest.py, with a third
@pytest.mark.parametrize("percent", [10, 30, 60])
def test_faults_at_every_rate_leave_no_trace(percent: int, houses: Callable[[str], House]) -> None:
    """Wrong answers without a limit to how many come in a row: runs fail, and the last one has everything."""
    library = small_library()
    with ApiServer(services(library)) as calm_server:
        calm = configure(houses("calm"), calm_server)
        calm.ingest().ok()
        chance = RandomFaults(percent / 100, SEED, in_a_row=1000, longest=0)
        with ApiServer(services(library), chance=chance) as server:
            house = configure(houses("house"), server)
            began = time.monotonic()
            runs = until_all_is_here(house)
            took = time.monotonic() - began
            assert_same(house, server, calm, calm_server)
            assert house.rejects() == []
            house.assert_sound()
            asked = len(server.requests)
    wrong = server.faulted.total()
    print(
        f"\n{percent} % wrong answers: {wrong} of {asked} ({len(server.faulted)} kinds), {runs['ended well']} runs "
        f"ended well and {runs['failed']} failed in {took:.0f} s; equal to an undisturbed one"
    )
    assert wrong > asked * percent / 200


def until_all_is_here(house: House) -> Counter[str]:
    """Run until a run ends well and nothing is left to be tried again. Returns how the runs ended."""
    runs = Counter[str]()
    while runs.total() < TRIES:
        ended = house.start("ingest").wait(PATIENCE)
        assert_said_well(ended)
        runs["ended well" if ended.code == 0 else "failed"] += 1
        house.assert_sound()
        with duckdb.connect(str(house.data / "build" / "warehouse.duckdb")) as con:
            left = con.execute("UPDATE ops.retries SET next_attempt_at = now()").fetchone()
        if ended.code == 0 and left == (0,):
            return runs
    pytest.fail(f"not all is here after {TRIES} runs")


def assert_said_well(ended: Ended) -> None:
    assert ended.code in (0, 1), ended
    assert "Traceback" not in ended.err
    assert all(line.startswith(("paperhouse: ", "rejected: ")) for line in ended.err.strip().splitlines()), ended.err
