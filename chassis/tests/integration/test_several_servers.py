"""URLs that list several servers: whoever finds some dead goes to the next."""

import socket
from collections.abc import Iterator

import aiormq
import pytest
from yarl import URL

from chassis import broker, redis


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """With several brokers the client's is less, for the whole process: not so for the tests after these."""
    monkeypatch.setattr(aiormq.Connection, "HEARTBEAT_GRACE_MULTIPLIER", aiormq.Connection.HEARTBEAT_GRACE_MULTIPLIER)


@pytest.fixture
def dead() -> Iterator[str]:
    """Host and port where nobody answers, and nobody comes."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield "{}:{}".format(*bound.getsockname())


def _beside(dead: str, rabbitmq_url: str) -> str:
    url = URL(rabbitmq_url)
    host, _, port = dead.partition(":")
    return ",".join([str(url.with_host(host).with_port(int(port)))] * 4 + [rabbitmq_url])


async def test_a_connection_is_made_to_the_broker_that_lives(dead: str, rabbitmq_vhost_url: str) -> None:
    async with broker.connected(broker.named(_beside(dead, rabbitmq_vhost_url), "tests")) as connection:
        assert not connection.is_closed


async def test_a_publisher_finds_the_broker_that_lives(dead: str, rabbitmq_vhost_url: str) -> None:
    async with broker.publishing(_beside(dead, rabbitmq_vhost_url), "tests") as publisher:
        await publisher.ready.wait()
        await publisher.ping()


def test_each_of_several_brokers_is_named_and_heard_of_often() -> None:
    first, second = map(URL, broker.named("amqp://u:p@a:1/v,amqp://u:p@b:2/v?heartbeat=9", "tests").split(","))
    assert (first.host, first.query["heartbeat"], second.host, second.query["heartbeat"]) == ("a", "2", "b", "9")
    assert first.query["name"].startswith("tests (")
    assert "heartbeat" not in URL(broker.named("amqp://a/", "tests")).query


@pytest.mark.parametrize("password", ["p%2Cq", "p,q"])
def test_a_password_with_a_comma_is_of_one_broker(password: str) -> None:
    (address,) = broker.shuffled(broker.named(f"amqp://u:{password}@a:1/v", "tests"))
    assert (URL(address).password, URL(address).host, "heartbeat" in URL(address).query) == ("p,q", "a", False)


@pytest.mark.parametrize("url", ["redis+sentinel://a:1,b:2", "redis+sentinel://a,b/marquee", "redis+sentinel:///m"])
async def test_sentinels_without_ports_or_a_name_are_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="with the name that the sentinels know"):
        async with redis.connect(url):
            raise AssertionError("it was taken")
