"""RabbitMQ's exchanges, queues and bindings: every process declares those of all services."""

from typing import Any

from faststream.rabbit import ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue

from contracts.subscriptions import BY_TYPE, OPEN_QUEUES, SUBSCRIPTIONS, queue_name

EVENTS = RabbitExchange("marquee.events", type=ExchangeType.TOPIC, durable=True)
PRIVATE = RabbitExchange("marquee.private", type=ExchangeType.TOPIC, durable=True)
RETRY_SECONDS = (5, 60)


def queue(service: str, event_type: str) -> RabbitQueue:
    """The quorum queue of one consumer and event."""
    return _consumed(service, queue_name(service, BY_TYPE[event_type]), event_type)


def open_queue(service: str) -> RabbitQueue:
    """The quorum queue of a service whose events it decides on itself (`Publisher.bind`)."""
    return _consumed(service, OPEN_QUEUES[service])


def _consumed(service: str, name: str, routing_key: str = "") -> RabbitQueue:
    """A queue of a service. A message that kills its consumer ends in the dead letters."""
    arguments: Any = {
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead_letters(service).name,
        "x-delivery-limit": 50,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return RabbitQueue(name, queue_type=QueueType.QUORUM, routing_key=routing_key, arguments=arguments)


def retry_queue(service: str, seconds: int) -> RabbitQueue:
    """Where a service's messages wait for their retry. They keep their routing key: the name of the queue that they go
    back to."""
    arguments: Any = {
        "x-message-ttl": seconds * 1000,
        "x-dead-letter-exchange": "",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return RabbitQueue(f"{service}.retry.{seconds}s", queue_type=QueueType.QUORUM, arguments=arguments)


def retry_exchange(service: str, seconds: int) -> RabbitExchange:
    """The exchange into a retry queue: it leaves the routing key alone."""
    return RabbitExchange(f"{service}.retry.{seconds}s", type=ExchangeType.FANOUT, durable=True)


def dead_letters(service: str) -> RabbitQueue:
    """The messages that a service could not digest, to be listed and replayed by hand."""
    return RabbitQueue(f"{service}.dead", queue_type=QueueType.QUORUM)


def consumed(service: str) -> list[str]:
    """The names of the queues that a service consumes."""
    of_events = [queue_name(service, event) for event in SUBSCRIPTIONS.get(service, ())]
    return [*of_events, *([OPEN_QUEUES[service]] if service in OPEN_QUEUES else [])]


async def declare(broker: RabbitBroker) -> None:
    """Declare every exchange, queue and binding of all services; idempotent."""
    exchanges = {False: await broker.declare_exchange(EVENTS), True: await broker.declare_exchange(PRIVATE)}
    for service, events in SUBSCRIPTIONS.items():
        await broker.declare_queue(dead_letters(service))
        for seconds in RETRY_SECONDS:
            waiting = await broker.declare_queue(retry_queue(service, seconds))
            await waiting.bind(await broker.declare_exchange(retry_exchange(service, seconds)))
        for event in events:
            bound = await broker.declare_queue(queue(service, event.type))
            await bound.bind(exchanges[event.private], routing_key=event.type)
    for service in OPEN_QUEUES:
        await broker.declare_queue(open_queue(service))
