"""Each alarm fires once when it should and not in a good run; the webhook is told, and its address never shown."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer, Reply, Request
from tests.apis.services import services, sources
from tests.integration import samples
from tests.integration.house import Ended, House, topic
from tests.integration.samples import article, articles

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(240)]

SECRET = "/hook/s3cr3t-t0ken"
WEBHOOK = {"environment": "PAPERHOUSE_TEST_HOOK"}


def answer(request: Request) -> Reply | None:
    return Reply(b"{}") if request.path == SECRET else None


class Hook(ApiServer):
    """A webhook on loopback; told: what it was posted."""

    @property
    def told(self) -> list[dict[str, Any]]:
        assert {request.method for request in self.requests} <= {"POST"}
        return [json.loads(request.form) for request in self.requests]


@pytest.fixture
def hook(house: House) -> Iterator[Hook]:
    with Hook([answer]) as server:
        house.env["PAPERHOUSE_TEST_HOOK"] = f"{server.base_url}{SECRET}"
        yield server


def configure(house: House, *topics: dict[str, Any], webhook: dict[str, str] | None = None, **alarms: Any) -> None:
    house.configure(*topics, alarms={**alarms, "webhook": webhook or WEBHOOK})


def assert_secret_is_kept(ended: Ended) -> None:
    assert "s3cr3t" not in ended.out + ended.err


def test_a_good_run_raises_none(house: House, hook: Hook) -> None:
    samples.write(house.folder / "articles", articles(range(1, 4)))
    levels = {name: {"level": "fail"} for name in ("topic_failed", "reject_rate", "silent_source", "falling_rows")}
    configure(house, topic("articles", "jats", "articles"), webhook=WEBHOOK | {"level": "warn"}, **levels)
    for _ in range(2):
        ended = house.ingest().ok()
        assert ended.err == ""
    assert hook.told == []


def test_a_failed_topic(house: House, hook: Hook) -> None:
    samples.write(house.folder / "articles", articles(range(1, 3)))
    away = {"tomesphere": {"base_url": "http://127.0.0.1:9/"}}
    topics = [topic("away", "tomesphere", ids=["PMC1"]), topic("articles", "jats", "articles")]
    house.configure(*topics, sources=away, alarms={"webhook": WEBHOOK})
    ended = house.ingest()
    assert ended.code == 1
    assert_secret_is_kept(ended)
    (told,) = hook.told
    assert [(alarm["alarm"], alarm["level"], alarm["topic"]) for alarm in told["alarms"]] == [
        ("topic_failed", "fail", "away")
    ]
    assert told["state"] == "Failed"
    assert told["flow"] == "ingest"
    assert told["run"].startswith("all topics ")
    assert told["url"].endswith(f"/runs/flow-run/{told['run_id']}")
    assert told["counts"] == {"fetched": 2, "loaded": 2, "unchanged": 0, "rejected": 0}
    assert "topic away failed" in told["message"]
    assert told["message"] in told["text"]
    house.assert_sound()


def test_the_address_may_lie_in_a_secret_block(house: House, hook: Hook) -> None:
    save = "import sys; from prefect.blocks.system import Secret; Secret(value=sys.argv[1]).save('paperhouse-webhook')"
    house.run(house.env.pop("PAPERHOUSE_TEST_HOOK"), code=save).ok()
    away = {"tomesphere": {"base_url": "http://127.0.0.1:9/"}}
    webhook = {"secret_block": "paperhouse-webhook"}
    house.configure(topic("away", "tomesphere", ids=["PMC1"]), sources=away, alarms={"webhook": webhook})
    ended = house.ingest()
    assert ended.code == 1
    assert_secret_is_kept(ended)
    assert [told["state"] for told in hook.told] == ["Failed"]


def test_too_many_rejects_fail_the_run_and_what_was_loaded_stays(house: House, hook: Hook) -> None:
    bare = {f"bare-{number}.xml": article(number, title=None) for number in (11, 12)}
    samples.write(house.folder / "articles", articles(range(1, 3)) | bare)
    rate = {"level": "fail", "above": 0.4, "at_least": 4}
    configure(house, topic("articles", "jats", "articles"), reject_rate=rate)
    ended = house.ingest()
    assert ended.code == 1
    assert "alarm: topic articles: 2 of 4 papers were rejected (50%, alarm above 40%)" in ended.err
    (told,) = hook.told
    assert [alarm["alarm"] for alarm in told["alarms"]] == ["reject_rate"]
    assert "`paperhouse rejects` says why" in told["message"]
    assert told["counts"] == {"fetched": 4, "loaded": 2, "unchanged": 0, "rejected": 2}
    assert len(house.papers()) == 2
    house.assert_sound()


def test_a_warning_does_not_fail_the_run_and_is_told_where_that_is_wished(house: House, hook: Hook) -> None:
    samples.write(house.folder / "articles", articles(range(1, 3)) | {"bare.xml": article(11, title=None)})
    rate = {"level": "warn", "above": 0.1, "at_least": 1}
    configure(house, topic("articles", "jats", "articles"), reject_rate=rate)
    ended = house.ingest().ok()
    assert "warning: topic articles: 1 of 3 papers" in ended.err
    assert hook.told == []
    configure(house, topic("articles", "jats", "articles"), reject_rate=rate, webhook=WEBHOOK | {"level": "warn"})
    house.ingest("--full-refresh").ok()
    (told,) = hook.told
    assert (told["state"], [alarm["alarm"] for alarm in told["alarms"]]) == ("Completed", ["reject_rate"])


def test_a_silent_source(house: House, hook: Hook) -> None:
    with ApiServer(services(Library())) as server:
        nothing = {"name": "quiet", "source": "europepmc", "query": "water", "since": "2026-01-01"}
        silent = {"silent_source": {"level": "fail", "days": 0.000001}, "webhook": WEBHOOK}
        house.configure(nothing, sources=sources(server.base_url), alarms=silent)
        ended = house.ingest()
    assert ended.code == 1
    (told,) = hook.told
    assert [(alarm["alarm"], alarm["topic"]) for alarm in told["alarms"]] == [("silent_source", "quiet")]
    assert "europepmc gave nothing" in told["message"]


def test_falling_rows(house: House, hook: Hook) -> None:
    samples.write(house.folder / "articles", articles(range(1, 3), references=5))
    configure(house, topic("articles", "jats", "articles"), falling_rows={"level": "fail", "above": 0.1, "at_least": 1})
    house.ingest().ok()
    assert hook.told == []
    samples.write(house.folder / "articles", articles(range(1, 3), references=1, edition=2))
    ended = house.ingest()
    assert ended.code == 1
    (told,) = hook.told
    assert [alarm["alarm"] for alarm in told["alarms"]] == ["falling_rows"]
    assert "table references fell from 10 to 2 rows" in told["message"]
    assert house.value("SELECT count(*) FROM paper_references") == 2


def test_a_run_that_is_stopped_crashes_and_is_told(house: House, hook: Hook) -> None:
    samples.write(house.folder / "articles", articles(range(1, 200)))
    configure(house, topic("articles", "jats", "articles"))
    running = house.start("ingest")
    running.wait_until(lambda: (house.data / "landing").exists())
    running.stop(60)
    (told,) = hook.told
    assert (told["state"], told["alarms"], told["counts"]) == ("Crashed", [], None)
    assert told["url"].endswith(f"/runs/flow-run/{told['run_id']}")


def test_a_run_that_cannot_begin_is_told(house: House, hook: Hook) -> None:
    samples.write(house.folder / "articles", articles(range(1, 2)))
    configure(house, topic("articles", "jats", "articles"))
    (house.data / "build").mkdir(parents=True)
    (house.data / "build" / "warehouse.duckdb").write_bytes(b"no database")
    ended = house.ingest()
    assert ended.code == 1
    (told,) = hook.told
    assert told["state"] == "Failed"
    assert "cannot be opened" in told["message"]


def test_a_failing_webhook_changes_nothing_and_its_secret_is_kept(house: House, hook: Hook) -> None:
    hook.services = [lambda request: Reply(b"{}", status=403)]
    samples.write(house.folder / "articles", {"bare.xml": article(11, title=None)})
    rate = {"level": "warn", "above": 0.1, "at_least": 1}
    configure(house, topic("articles", "jats", "articles"), reject_rate=rate, webhook=WEBHOOK | {"level": "warn"})
    house.env["PREFECT_LOGGING_LEVEL"] = "DEBUG"
    house.env["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "DEBUG"
    house.env["PREFECT_LOGGING_EXTRA_LOGGERS"] = "httpx,httpcore"
    ended = house.ingest().ok()
    assert len(hook.requests) == 1
    assert "nobody was told: the webhook refused the message with 403" in ended.err
    assert_secret_is_kept(ended)
