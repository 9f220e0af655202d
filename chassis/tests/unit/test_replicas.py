"""Which copy of a service is asked."""

from collections.abc import Sequence

from chassis.addresses import looked_up
from chassis.replicas import (
    LOOKUP_EVERY_SECONDS,
    REST_AFTER_REFUSAL_SECONDS,
    REST_AFTER_TIMEOUT_SECONDS,
    REST_OF_LEAVING_SECONDS,
    Replicas,
)


def test_a_copy_that_refused_comes_last_until_it_has_rested() -> None:
    now = 0.0
    replicas = Replicas("http://a, http://b/,http://c", clock=lambda: now)
    assert [replicas.in_turn()[0] for _ in range(4)] == ["http://a", "http://b", "http://c", "http://a"]
    replicas.note_refusal("http://b")
    assert replicas.in_turn() == ["http://c", "http://a", "http://b"]
    now = REST_AFTER_REFUSAL_SECONDS
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}
    replicas.note_timeout("http://a")
    now += REST_AFTER_TIMEOUT_SECONDS / 2
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://b", "http://c"}
    replicas.note_leaving("http://a")  # the longer rest holds
    now += REST_OF_LEAVING_SECONDS
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://b", "http://c"}
    now += REST_AFTER_TIMEOUT_SECONDS / 2 - REST_OF_LEAVING_SECONDS
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}


def test_a_replica_with_calls_under_way_comes_after_those_with_fewer() -> None:
    replicas = Replicas("http://a,http://b,http://c")
    with replicas.call_under_way("http://a"), replicas.call_under_way("http://b"), replicas.call_under_way("http://b"):
        assert [replicas.in_turn() for _ in range(3)] == [["http://c", "http://a", "http://b"]] * 3
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}


class Names:
    """A DNS that says what a test wants; None: it does not answer."""

    def __init__(self, *addresses: str) -> None:
        self.addresses: tuple[str, ...] | None = addresses
        self.times_asked = 0

    async def look_up(self, _origins: Sequence[str]) -> list[str]:
        self.times_asked += 1
        if self.addresses is None:
            raise OSError("no answer")
        return list(self.addresses)


async def test_copies_behind_a_name_come_and_go_as_dns_says() -> None:
    now, names = 0.0, Names("http://10.0.0.1:8000", "http://10.0.0.2:8000")
    replicas = Replicas("http://seating:8000", clock=lambda: now, lookup=names.look_up)
    assert replicas.in_turn() == ["http://seating:8000"]
    await replicas.look_up()
    assert sorted(replicas.in_turn()) == ["http://10.0.0.1:8000", "http://10.0.0.2:8000"]
    names.addresses = ("http://10.0.0.2:8000", "http://10.0.0.3:8000")
    await replicas.look_up()
    assert names.times_asked == 1  # once a second
    now += LOOKUP_EVERY_SECONDS
    await replicas.look_up()
    assert sorted(replicas.in_turn()) == ["http://10.0.0.2:8000", "http://10.0.0.3:8000"]


async def test_while_dns_does_not_answer_the_copies_known_before_are_asked() -> None:
    now, names = 0.0, Names("http://10.0.0.1:8000")
    replicas = Replicas("http://seating:8000", clock=lambda: now, lookup=names.look_up)
    await replicas.look_up()
    names.addresses = None
    now += LOOKUP_EVERY_SECONDS
    await replicas.look_up()
    assert (replicas.in_turn(), names.times_asked) == (["http://10.0.0.1:8000"], 2)


async def test_addresses_and_names_of_certificates_are_not_looked_up() -> None:
    names = Names("http://10.0.0.1:8000")
    for urls in ("http://127.0.0.1:41001,http://[::1]:41002", "https://seating.example"):
        replicas = Replicas(urls, lookup=names.look_up)
        await replicas.look_up()
        assert replicas.origins == urls.split(",")
        assert await looked_up(urls.split(",")) == urls.split(",")
    assert names.times_asked == 0


async def test_a_name_stands_for_its_addresses_of_ipv4() -> None:
    assert await looked_up(["http://localhost:8003"]) == ["http://127.0.0.1:8003"]
