"""A process hangs, a server dies, a store is full: each is seen, and ends by what its page says."""

import os
import signal

from tests.alerts.conftest import Watch

from chassis.broker import publishing
from chassis.envelope import seal
from contracts.identity import UserRegistered
from contracts.ids import new_id
from stack.buyer import build


def _pid(watch: Watch, server: str) -> int:
    return int(watch.stack.stack_info["servers"][server]["pid"])


async def test_a_process_that_hangs_is_down_and_the_gateway_misses_it(watch: Watch) -> None:
    os.kill(watch.stack.stack_info["services"]["catalog"][0]["pid"], signal.SIGSTOP)
    await watch.fires("ProcessDown", job="catalog")
    await watch.fires("NotReady", job="gateway", check="catalog")
    said = watch.follow("ProcessDown", SERVICE="catalog")
    assert "catalog" in said
    await watch.clears("ProcessDown")
    await watch.clears("NotReady")


async def test_redis_dies(watch: Watch) -> None:
    os.kill(_pid(watch, "redis"), signal.SIGKILL)
    await watch.fires("ServerAway", check="redis")
    await watch.fires("LoopFails", job="seating")
    watch.follow("ServerAway")
    await watch.clears("ServerAway")
    watch.follow("LoopFails")
    await watch.clears("LoopFails")


async def test_the_broker_dies_while_a_theater_is_made(watch: Watch) -> None:
    os.kill(_pid(watch, "rabbitmq"), signal.SIGKILL)
    await watch.fires("ServerAway", check="broker")
    await build(watch.client, rows=1, cols=4)
    await watch.fires("EventsNotSent", job="catalog")
    watch.follow("EventsNotSent")
    await watch.clears("EventsNotSent")
    await watch.clears("ServerAway")


async def test_mongo_dies_while_events_come(watch: Watch) -> None:
    os.kill(_pid(watch, "mongo"), signal.SIGKILL)
    await watch.fires("ServerAway", check="mongo")
    await _said(watch, 400)
    await watch.fires("QueueGrows", queue="notify.identity.user_registered.v1")
    watch.follow("QueueGrows")
    await watch.clears("QueueGrows")
    await watch.clears("ServerAway")


async def _said(watch: Watch, number: int) -> None:
    """So many people have registered, as identity says it."""
    async with publishing(watch.stack.stack_info["servers"]["rabbitmq"]["url"], "alerts") as publisher:
        await publisher.ready.wait()
        users = [UserRegistered(user_id=new_id("usr"), revision=1, name=f"Asha Rao {count}") for count in range(number)]
        assert len(await publisher.publish_all(seal(user) for user in users)) == number
