"""What is secret stays where it was put: the webhook's address, passwords in addresses, keys of the surroundings."""

import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import zstandard

from tests.apis.library import Library, article
from tests.apis.paper import Entity
from tests.apis.server import ApiServer, Exchange, Reply, Request
from tests.apis.services import services, sources
from tests.integration.conftest import PrefectServer
from tests.integration.house import Ended, House
from tests.integration.torture import LONG

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

USER, PASSWORD = "reader", "pass-w0rd-of-a-service"
HOOK, BLOCK = "/hook/t0ken-in-the-environment", "/hook/t0ken-in-a-block"
KEYS = {"NCBI_API_KEY": "key-0f-ncbi", "S2_API_KEY": "key-0f-semantic-scholar"}
SECRETS = [PASSWORD, HOOK.rpartition("/")[2], BLOCK.rpartition("/")[2], *KEYS.values()]
#: As much as Prefect and the HTTP client can be told to say.
TALKATIVE = {
    "PREFECT_LOGGING_LEVEL": "DEBUG",
    "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "httpx,httpcore",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG",
}
SAVE = "import sys; from prefect.blocks.system import Secret; Secret(value=sys.argv[1]).save('told-in-a-block')"


def needles() -> dict[bytes, str]:
    """What to look for, with the secret that it would give away: as it is, quoted, and as HTTP sends it."""
    forms = {form.encode(): secret for secret in SECRETS for form in (secret, quote(secret, safe=""))}
    return forms | {b64encode(f"{USER}:{PASSWORD}".encode()): PASSWORD}


def found_in(place: str, content: bytes) -> list[str]:
    return [f"{secret} in {place}" for needle, secret in needles().items() if needle in content]


def dumped(database: Path) -> bytes:
    """All that a database of SQLite holds, as SQL."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=60)) as con:
        return "\n".join(con.iterdump()).encode()


def hook(request: Request) -> Reply | None:
    return Reply(b"{}") if request.path in (HOOK, BLOCK) else None


def tells_tales(exchange: Exchange, reply: Reply) -> None:
    """A refusal that repeats what it was asked with."""
    sent = exchange.headers["Authorization"]
    known = b64decode(sent.removeprefix("Basic ")).decode()
    exchange.send(Reply(f"bad credentials {sent} ({known}) for {exchange.path}".encode(), "text/plain", 403))


@pytest.fixture
def server(serve: Callable[..., ApiServer]) -> ApiServer:
    library, today = Library(), datetime.now(UTC).date()
    liver = Entity("hepatic failure", "Disease", "MESH:D017093", "Liver Failure")
    full = article("PMC202", "On NETs", "A text.")
    library.add("201", updated=today, title="On livers.", abstract="Hepatic failure.", entities=(liver,))
    library.add("202", updated=today, title="On NETs.", pmcid="PMC202", open_access=True, jats=full)
    return serve(hook, *services(library))


def configure(house: House, server: ApiServer, webhook: dict[str, str]) -> None:
    with_password = server.base_url.replace("://", f"://{USER}:{PASSWORD}@")
    base: dict[str, Any] = {
        name: {**source, "requests_per_second": 100} for name, source in sources(with_password).items()
    }
    since = str(datetime.now(UTC).date())
    live = {"name": "live", "source": "europepmc", "query": "*", "since": since, "entities": ["pubtator", "europepmc"]}
    house.configure(live | {"full_text": True, "references": True}, sources=base, alarms={"webhook": webhook})


@pytest.mark.slow
def test_no_secret_is_written_anywhere(house: House, server: ApiServer, prefect: PrefectServer) -> None:
    said: dict[str, Ended] = {}

    def run(name: str, *arguments: str, code: str | None = None) -> Ended:
        said[name] = house.run(*arguments, code=code)
        return said[name]

    house.env |= TALKATIVE | KEYS | {"PAPERHOUSE_TEST_HOOK": f"{server.base_url}{HOOK}"}
    configure(house, server, {"environment": "PAPERHOUSE_TEST_HOOK"})
    run("harvest", "ingest").ok()
    assert len(house.papers()) == 2
    assert all("authorization" in {name.lower() for name in asked.headers} for asked in server.requests)
    server.fail(tells_tales, times=20, path="/europepmc/")
    assert run("failing", "ingest", "--full-refresh").code == 1
    assert "403" in said["failing"].err
    told = [HOOK]
    if LONG:
        run("save the block", f"{server.base_url}{BLOCK}", code=SAVE).ok()
        run("automations", "automations").ok()
        configure(house, server, {"secret_block": "told-in-a-block"})
        server.fail(tells_tales, times=20, path="/europepmc/")
        assert run("failing again", "ingest", "--full-refresh").code == 1
        told += [BLOCK]
        for command in ("doctor", "status", "rejects", "backfill live --from 2025 --dry-run"):
            run(command, *command.split())
    assert [request.path for request in server.requests if request.path in (HOOK, BLOCK)] == told
    text = (house.folder / "paperhouse.yaml").read_text(encoding="utf-8")
    (house.folder / "wrong.yaml").write_text(text.replace("http://", "htp://", 1), encoding="utf-8")
    assert run("wrong", "status", "--config", "wrong.yaml").code == 2
    (house.folder / "wrong.yaml").unlink()

    home = Path(prefect.settings["PREFECT_HOME"])
    places = {name: f"{ended.out}\n{ended.err}".encode() for name, ended in said.items()}
    places |= {"the server's database": dumped(home / "prefect.db")}
    written = [path for folder in (house.data, home) for path in folder.rglob("*") if path.is_file()]
    places |= {str(path): path.read_bytes() for path in written if not path.name.endswith(".pyc")}
    places |= {f"landed {path.stem[:8]}": unpacked(path) for path in written if path.suffix == ".zst"}
    assert b"GET" in places["harvest"] or b"DEBUG" in places["harvest"], "the run was to be talkative"
    assert "\n".join(hit for place, content in places.items() for hit in found_in(place, content)) == ""
    megabytes = sum(map(len, places.values())) / 1e6
    print(f"\nsecrets: {len(SECRETS)} looked for in {len(places)} places, {megabytes:.0f} MB: none found")


def unpacked(path: Path) -> bytes:
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
        return reader.read()
