"""Messages that a process leaves to others when it ends."""

import pytest

from chassis import broker as rabbit
from chassis import dead_letters
from chassis.broker import publishing
from chassis.consume import consuming
from chassis.envelope import seal
from chassis.unavailable import PeerUnavailable
from contracts.identity import UserRegistered
from contracts.ids import UserId
from stack.waiting import until


async def test_a_message_that_waits_for_a_store_is_given_back_when_its_process_ends(
    rabbitmq_vhost_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbit, "FINISH_SECONDS", 3600)  # what is handled is waited for, what waits is not
    tries: list[UserRegistered] = []

    async def while_the_store_is_away(event: UserRegistered) -> None:
        tries.append(event)
        raise PeerUnavailable("the store is away")

    async def on_user(_event: UserRegistered) -> None:
        tries.clear()

    async with publishing(rabbitmq_vhost_url, "identity") as publisher:
        await publisher.ready.wait()
        await publisher.publish(seal(UserRegistered(user_id=UserId("usr_1"), revision=1, name="Guest")))
        async with consuming(
            rabbitmq_vhost_url, "notify", {UserRegistered: while_the_store_is_away}, publisher, prefetch=4
        ):
            await until(lambda: tries)
        async with consuming(rabbitmq_vhost_url, "notify", {UserRegistered: on_user}, publisher, prefetch=4):
            await until(lambda: not tries)
    assert await dead_letters.count(rabbitmq_vhost_url, "notify") == 0
