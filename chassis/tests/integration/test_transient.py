"""A queue for each copy: all hear the same in the same order; a copy that comes or comes back reads what it missed."""

import asyncio
from contextlib import AbstractAsyncContextManager
from urllib.parse import quote, urlsplit

from chassis.broker import publishing
from chassis.envelope import seal
from chassis.transient import TransientQueue, transient_queue
from chassis.unavailable import PeerUnavailable
from contracts.ids import ShowtimeId
from contracts.seating import AvailabilityChanged
from stack.calls import call
from stack.waiting import until


def seats(version: int) -> AvailabilityChanged:
    return AvailabilityChanged(showtime_id=ShowtimeId("sho_1"), version=version, available=1, total=9)


class Copy:
    """What one copy has heard, how often it read the rest, and how often it lost its queue."""

    def __init__(self) -> None:
        self.versions: list[int] = []
        self.reads = self.failures = self.losses = 0

    def on_changed(self, event: AvailabilityChanged) -> None:
        self.versions.append(event.version)

    async def catch_up(self) -> None:
        if self.failures:
            self.failures -= 1
            raise PeerUnavailable("nobody answers yet")
        self.reads += 1

    def on_lost(self) -> None:
        self.losses += 1

    def queue(self, url: str) -> AbstractAsyncContextManager[TransientQueue]:
        return transient_queue(url, "gateway", {AvailabilityChanged: self.on_changed}, self.catch_up, self.on_lost)


async def test_every_copy_hears_all_in_order(rabbitmq_vhost_url: str) -> None:
    first, second = Copy(), Copy()
    async with (
        publishing(rabbitmq_vhost_url, "seating") as publisher,
        first.queue(rabbitmq_vhost_url) as one,
        second.queue(rabbitmq_vhost_url) as other,
    ):
        await publisher.ready.wait()
        await until(lambda: one.is_current and other.is_current)
        for version in range(20):
            await publisher.publish(seal(seats(version)))
        await until(lambda: len(first.versions) == len(second.versions) == 20)
    assert first.versions == second.versions == list(range(20))


async def test_a_copy_is_current_once_it_has_caught_up(rabbitmq_vhost_url: str) -> None:
    copy, refused = Copy(), 2
    copy.failures = refused
    async with publishing(rabbitmq_vhost_url, "seating") as publisher, copy.queue(rabbitmq_vhost_url) as queue:
        await publisher.ready.wait()
        await until(lambda: copy.failures < refused)  # its queue is there, and takes what is said
        await publisher.publish(seal(seats(1)))
        await until(lambda: bool(copy.versions))
        await until(lambda: queue.is_current)
    assert (copy.reads, copy.versions) == (1, [1])


async def test_a_copy_that_lost_its_queue_reads_what_it_missed_over_a_new_one(
    rabbitmq_vhost_url: str, rabbitmq_management_url: str
) -> None:
    vhost, copy = urlsplit(rabbitmq_vhost_url).path[1:], Copy()

    def connections() -> list[str]:
        listed = call("GET", f"{rabbitmq_management_url}/api/vhosts/{vhost}/connections").json
        return [each["name"] for each in listed if "transient" in str(each["client_properties"])]

    async with publishing(rabbitmq_vhost_url, "seating") as publisher, copy.queue(rabbitmq_vhost_url) as queue:
        await publisher.ready.wait()
        await until(lambda: queue.is_current)
        (lost,) = await until(connections)
        call("DELETE", f"{rabbitmq_management_url}/api/connections/{quote(lost)}")
        await until(lambda: copy.losses == 1)
        await until(lambda: queue.is_current)
        await publisher.publish(seal(seats(7)))
        await until(lambda: bool(copy.versions))
    assert (copy.reads, copy.versions) == (2, [7])


async def test_a_message_that_is_not_understood_stops_no_other(rabbitmq_vhost_url: str) -> None:
    copy, seen = Copy(), asyncio.Event()

    def on_changed(event: AvailabilityChanged) -> None:
        if event.version == 1:
            raise ValueError(event.version)
        seen.set()

    async with (
        publishing(rabbitmq_vhost_url, "seating") as publisher,
        transient_queue(rabbitmq_vhost_url, "gateway", {AvailabilityChanged: on_changed}, copy.catch_up) as queue,
    ):
        await publisher.ready.wait()
        await until(lambda: queue.is_current)
        await publisher.publish(seal(seats(1)))
        await publisher.publish(seal(seats(2)))
        async with asyncio.timeout(60):
            await seen.wait()
