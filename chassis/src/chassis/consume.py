"""Consumers: one quorum queue per service and event, retried after 5 s and 60 s, then dead letters.

Only an error of the message counts. While a store is away a message is kept, not counted: with all of the prefetch
kept, the queue stands still until the store is back.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog
from aio_pika.exceptions import AMQPException
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker
from faststream.rabbit.message import RabbitMessage
from opentelemetry.trace import SpanKind
from uuid_utils import uuid7

from chassis import broker as rabbit
from chassis import metrics, telemetry, topology
from chassis.bulk import OutgoingMessage
from chassis.envelope import PREFIX, opened
from chassis.logs import logger
from chassis.loops import end
from chassis.unavailable import is_unavailable
from contracts.event import Event
from contracts.subscriptions import queue_name

log = logger(__name__)
ATTEMPT = "x-marquee-attempt"
ERROR = "x-marquee-error"
QUEUE = "x-marquee-queue"

E = TypeVar("E", bound=Event)
Handler = Callable[[Any], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]


async def _handle_when_stores_are_back(handler: Handler, event: Event) -> None:
    """Run the handler; while a store is away try again, at growing distances up to 2 s."""
    delay = 0.05
    while True:
        try:
            return await handler(event)
        except Exception as error:
            if not is_unavailable(error):
                raise
            log.warning("a store is away, the message waits", event_type=event.type, error=repr(error))
            await asyncio.sleep(delay)
            delay = min(2.0, delay * 2)


class _Consumer:
    """What happens to each message of one queue."""

    def __init__(self, service: str, event: type[Event], handler: Handler, publisher: rabbit.Publisher) -> None:
        self._service, self._event, self._handler, self._publisher = service, event, handler, publisher
        self._queue = queue_name(service, event)

    async def __call__(self, message: RabbitMessage) -> None:
        """One message, to its end: whatever becomes of it, the queue goes on."""
        try:
            await self._handled(message)
        except Exception:
            log.exception("message goes to the dead letters as it is", queue=self._queue)
            await message.reject(requeue=False)

    async def _handled(self, message: RabbitMessage) -> None:
        headers = dict(message.raw_message.headers)
        with telemetry.continued(str(headers.get("traceparent", ""))), telemetry.span(self._queue, SpanKind.CONSUMER):
            structlog.contextvars.bind_contextvars(
                service=self._service, event_id=str(headers.get(f"{PREFIX}id", "")), trace_id=telemetry.trace_id()
            )
            try:
                event = opened(self._event.type, message.body)
                await _handle_when_stores_are_back(self._handler, event)
            except Exception as error:  # noqa: BLE001  whatever a message does to its handler, the next one is served
                await self._set_aside(message, headers, error)
                metrics.EVENTS_HANDLED.labels(self._queue, "failed").inc()
            else:
                metrics.EVENTS_HANDLED.labels(self._queue, "done").inc()
            await message.ack()

    async def _set_aside(self, message: RabbitMessage, headers: dict[str, Any], error: Exception) -> None:
        """Send the message to the next retry queue, or to the dead letters; only then may it be acknowledged."""
        attempt = _attempts(headers) + 1
        last = attempt > len(topology.RETRY_SECONDS)
        log.error("event not digested", queue=self._queue, attempt=attempt, dead=last, exc_info=error)
        exchange = "" if last else topology.retry_exchange(self._service, topology.RETRY_SECONDS[attempt - 1]).name
        routing_key = topology.dead_letters(self._service).name if last else self._queue
        marked = {**headers, ATTEMPT: attempt, ERROR: repr(error)[:500], QUEUE: self._queue}
        marked.pop("x-death", None)
        raw = message.raw_message
        outgoing = OutgoingMessage(
            message.body,
            exchange,
            routing_key,
            mandatory=True,
            message_id=str(raw.message_id or uuid7()),
            headers=marked,
            kind=str(raw.type or ""),
        )
        while True:
            try:
                return await self._publisher.send(outgoing)
            except rabbit.NotPublished as unavailable:
                log.warning("broker is unavailable, the message waits", error=repr(unavailable))
                await asyncio.sleep(0.5)


def _attempts(headers: Mapping[str, Any]) -> int:
    """How often it was tried before; what is no number was never written by us."""
    told = headers.get(ATTEMPT, 0)
    return told if isinstance(told, int) and told >= 0 else 0


async def _identity(message: Any) -> Any:
    return message


def _subscribe(
    broker: RabbitBroker, service: str, handlers: Handlers, publisher: rabbit.Publisher, prefetch: int
) -> None:
    for event, handler in handlers.items():
        subscriber = broker.subscriber(
            topology.queue(service, event.type),
            topology.PRIVATE if event.private else topology.EVENTS,
            channel=Channel(prefetch_count=prefetch),
            ack_policy=AckPolicy.MANUAL,
            decoder=_identity,
            no_reply=True,
        )
        subscriber(_Consumer(service, event, handler, publisher).__call__)


@asynccontextmanager
async def consuming(
    url: str, service: str, handlers: Handlers, publisher: rabbit.Publisher, *, prefetch: int
) -> AsyncIterator[None]:
    """Consume beside the block; wait for the broker in the background; end by finishing what is in hand."""
    broker = rabbit.new_broker(url, f"{service} consumers")
    _subscribe(broker, service, handlers, publisher, prefetch)

    async def start() -> None:
        await publisher.ready.wait()
        while True:
            try:
                return await rabbit.start(broker)
            except (OSError, AMQPException, TimeoutError) as error:
                log.warning("consumers could not start", error=repr(error))
                await asyncio.sleep(0.5)

    starting = asyncio.create_task(start())
    try:
        yield
    finally:
        await end(starting)
        await rabbit.stop(broker, rabbit.FINISH_SECONDS + 2)
