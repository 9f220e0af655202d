"""The page for developers is for this machine alone, under our own name, and only where it was turned on."""

import json
from pathlib import Path

import pytest
from gateway.tests.conftest import Build, Harness

from chassis.settings import load
from gateway.settings import Settings

WEB = Path(__file__).parents[3] / "web"
OURS = {"Host": "marquee.test"}


@pytest.fixture
async def shown(build: Build, tmp_path: Path) -> Harness:
    """A gateway that shows a stack whose simulators are away."""
    away = "http://127.0.0.1:1"
    described = {"services": {"seating": [{"url": away, "pid": 1, "role": "all"}]}, "simulators": {"razorpay": away}}
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(described | {"mail": {"http": away}}), encoding="utf-8")
    return await build(DEV_PAGE="on", STACK_FILE=str(file), WEB_DIR=str(WEB), PUBLIC_URL="http://marquee.test")


async def test_it_shows_this_machine_what_is_up(shown: Harness) -> None:
    page = await shown.client.ask("GET", "/dev", OURS)
    assert (page.status, page.value("content-type")) == (200, "text/html; charset=utf-8")
    [service] = (await shown.client.ask("GET", "/dev/stack", OURS)).json["services"]
    assert (service["service"], service["status"]) == ("seating", "down")


@pytest.mark.parametrize(
    "target", ["/dev", "/dev/stack", "/dev/simulators/mail/messages", "/dev/mail/1", "/dev/events"]
)
async def test_whoever_knows_us_by_another_name_finds_nothing(shown: Harness, target: str) -> None:
    for host in ("evil.example", "localhost", "127.0.0.1"):
        assert (await shown.client.ask("GET", target, {"Host": host})).problem == (404, "not_found")


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://marquee.test"])
async def test_a_button_of_another_page_does_nothing(shown: Harness, origin: str | None) -> None:
    headers = OURS if origin is None else OURS | {"Origin": origin}
    reply = await shown.client.ask("POST", "/dev/simulators/razorpay/_sim/reset", headers, b"{}")
    assert reply.problem == (403, "forbidden")
    reply = await shown.client.ask(
        "POST", "/dev/simulators/razorpay/_sim/reset", OURS | {"Origin": "http://marquee.test"}, b"{}"
    )
    assert reply.problem == (503, "service_unavailable")


@pytest.mark.parametrize("path", ["razorpay/v1/orders", "razorpay/_sim/../v1/orders", "mongo/_sim/ledger", "mail/"])
async def test_only_control_planes_are_reached(shown: Harness, path: str) -> None:
    assert (await shown.client.ask("GET", f"/dev/simulators/{path}", OURS)).problem == (404, "not_found")


async def test_it_is_off_unless_it_is_turned_on(harness: Harness) -> None:
    for target in ("/dev", "/dev/stack", "/dev/events"):
        assert (await harness.client.ask("GET", target)).problem == (404, "not_found")


def test_production_does_not_start_with_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"NODE_ENV": "production", "DEV_PAGE": "on", "REDIS_URL": "redis://redis", "RABBITMQ_URL": "amqp://rabbit"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(Settings)
    assert "DEV_PAGE=on is for the local stack" in "".join(capsys.readouterr())
