"""Options, secrets, the process table, the status page: what needs no server."""

import stat
from pathlib import Path

import pytest

from stack import options, secrets, status
from stack.options import OptionError, Options
from stack.ports import PortClaims, PortsTakenError
from stack.table import table

STORES = {"MONGO_URI": "mongodb://m", "REDIS_URL": "redis://r", "RABBITMQ_URL": "amqp://q"}


def test_replicas_read_as_one_says_them() -> None:
    assert options.read({"REPLICAS": "seating=3 booking=2"}).replicas == {"seating": 3, "booking": 2}


@pytest.mark.parametrize(
    "wrong", [{"REPLICAS": "cart=2"}, {"REPLICAS": "seating=0"}, {"PORT": "web"}, {"PORT": "70000"}]
)
def test_an_option_that_makes_no_sense_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(OptionError):
        options.read(wrong)


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = secrets.load(tmp_path, {})
    assert secrets.load(tmp_path, {}) == first
    assert secrets.load(tmp_path, {"ADMIN_EMAIL": "me@chain.example"})["ADMIN_EMAIL"] == "me@chain.example"
    assert secrets.load(tmp_path, {}) == first
    assert stat.S_IMODE((tmp_path / secrets.FILE).stat().st_mode) == 0o600


def test_a_secret_reaches_its_own_service_alone(tmp_path: Path, ports: PortClaims) -> None:
    known = secrets.load(tmp_path, {})
    made = table(Options(port=0, given={"JWT_ACCESS_SECRET": "theirs"}), known, STORES, ports)
    assert {one.name for one in made.all if "JWT_ACCESS_SECRET" in one.env} == {"identity-1"}
    assert {one.service for one in made.all if "RAZORPAY_KEY_SECRET" in one.env} == {"payment", "razorpay"}
    assert {one.service for one in made.all if "STRIPE_SECRET_KEY" in one.env} == {"payment", "stripe"}
    assert {one.service for one in made.all if "TWILIO_AUTH_TOKEN" in one.env} == {"notify", "twilio"}
    assert {one.service for one in made.all if "TMDB_TOKEN" in one.env} == {"catalog", "tmdb"}


def test_settings_that_are_given_reach_the_services_and_win(tmp_path: Path, ports: PortClaims) -> None:
    given = {"HOLD_SECONDS": "6", "CLIENT_URL": "http://shop.example"}
    made = table(Options(port=0, given=given), secrets.load(tmp_path, {}), STORES, ports)
    for one in made.services:
        assert one.env["HOLD_SECONDS"] == "6"
        assert one.env["CLIENT_URL"] == "http://shop.example"
        assert one.env["PUBLIC_URL"] == made.gateway


def test_copies_and_roles_stand_apart_and_urls_name_those_that_answer(tmp_path: Path, ports: PortClaims) -> None:
    chosen = Options(port=0, role_split=True, replicas={"seating": 2})
    made = table(chosen, secrets.load(tmp_path, {}), STORES, ports)
    seating = [one for one in made.services if one.service == "seating"]
    assert [one.name for one in seating] == ["seating-api-1", "seating-api-2", "seating-worker-1", "seating-worker-2"]
    urls = next(one for one in made.services if one.service == "gateway").env["SEATING_URL"]
    assert urls.split(",") == [one.url for one in seating if one.role == "api"]
    assert len({one.port for one in made.all}) == len(made.all)


def test_a_taken_gateway_port_is_said_in_one_line(tmp_path: Path, ports: PortClaims, other_ports: PortClaims) -> None:
    with pytest.raises(PortsTakenError, match="is in use"):
        table(Options(port=other_ports.claim()), secrets.load(tmp_path, {}), STORES, ports)


def test_the_status_page_finds_what_is_stuck_among_other_metrics() -> None:
    page = '# HELP x\nmarquee_open_cases 2.0\nhttp_requests_total 7\nmarquee_dead_letters{queue="a.b"} 0.0\n'
    assert list(status.samples(page)) == [("marquee_open_cases", "", 2.0), ("marquee_dead_letters", 'queue="a.b"', 0.0)]
