"""Whatever a service subscribes to it also consumes: no event waits in a queue for ever."""

from typing import Any

from tests.conftest import Stack, until

from contracts.subscriptions import SUBSCRIPTIONS, queue_name
from stack.buyer import StackClient


async def test_every_queue_of_a_subscription_has_a_consumer(stack: Stack, client: StackClient) -> None:
    subscribed = {queue_name(service, event) for service, events in SUBSCRIPTIONS.items() for event in events}
    url = f"{stack.stack_info['servers']['rabbitmq']['management']}/api/queues"

    async def without_consumer() -> set[str] | None:
        queues: list[dict[str, Any]] = (await client.call("GET", url)).body
        idle = subscribed - {queue["name"] for queue in queues if queue.get("consumers")}
        return idle or set()

    async def none_is_idle() -> bool:
        return not await without_consumer()

    await until(none_is_idle)
