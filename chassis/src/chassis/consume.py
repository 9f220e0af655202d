"""Consumers: one quorum queue per service and event. A message whose handler fails is retried after 5 s and after 60 s,
then it is a dead letter.

Only an error of the message itself counts as a failure. While a store is unavailable the message waits in this process
and nothing is counted: once all of the prefetch waits, the queue stands still until the store is back.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, assert_never

import structlog
from aio_pika.exceptions import AMQPException
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker
from faststream.rabbit.message import RabbitMessage
from opentelemetry.trace import SpanKind
from uuid_utils import uuid7

from chassis import broker as rabbit
from chassis import metrics, telemetry, topology
from chassis.backoff import backoff_seconds
from chassis.bulk import OutgoingMessage
from chassis.envelope import PREFIX, unseal
from chassis.logs import logger
from chassis.loops import end
from chassis.unavailable import is_unavailable
from contracts.event import Event
from contracts.subscriptions import queue_name

log = logger(__name__)
ATTEMPT_HEADER = "x-marquee-attempt"
ERROR_HEADER = "x-marquee-error"
QUEUE_HEADER = "x-marquee-queue"
_ERROR_LENGTH = 500
_BROKER_PAUSE_SECONDS = 0.5

E = TypeVar("E", bound=Event)
Handler = Callable[[Any], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]


@dataclass(frozen=True, slots=True)
class Retry:
    """The message comes back to its queue after so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The message was tried often enough: somebody has to look at it."""


def failed_attempts(headers: Mapping[str, Any]) -> int:
    """How often a message has failed before; a header that this module never wrote counts as none."""
    attempts = headers.get(ATTEMPT_HEADER, 0)
    return attempts if isinstance(attempts, int) and attempts >= 0 else 0


def after_failure(attempt: int, retry_seconds: Sequence[int]) -> Retry | DeadLetter:
    """What becomes of a message that has failed `attempt` times: there is a retry for each of `retry_seconds`."""
    return Retry(retry_seconds[attempt - 1]) if attempt <= len(retry_seconds) else DeadLetter()


async def _handle_once_stores_are_available(handler: Handler, event: Event) -> None:
    """Run the handler; again, up to every 2 s, while a store is unavailable."""
    failures = 0
    while True:
        try:
            return await handler(event)
        except Exception as error:
            if not is_unavailable(error):
                raise
            failures += 1
            log.warning("a store is unavailable, the message waits", event_type=event.type, error=repr(error))
            await asyncio.sleep(backoff_seconds(failures, first=0.05, maximum=2))


class _Consumer:
    """What happens to each message of one queue."""

    def __init__(self, service: str, event: type[Event], handler: Handler, publisher: rabbit.Publisher) -> None:
        self._service, self._event, self._handler, self._publisher = service, event, handler, publisher
        self._queue = queue_name(service, event)

    async def __call__(self, message: RabbitMessage) -> None:
        """Handle one message; whatever becomes of it, the queue goes on."""
        try:
            await self._handle(message)
        except Exception:
            log.exception("message goes to the dead letters as it is", queue=self._queue)
            await message.reject(requeue=False)

    async def _handle(self, message: RabbitMessage) -> None:
        headers = dict(message.raw_message.headers)
        with telemetry.continued(str(headers.get("traceparent", ""))), telemetry.span(self._queue, SpanKind.CONSUMER):
            structlog.contextvars.bind_contextvars(
                service=self._service, event_id=str(headers.get(f"{PREFIX}id", "")), trace_id=telemetry.trace_id()
            )
            try:
                event = unseal(self._event.type, message.body)
                await _handle_once_stores_are_available(self._handler, event)
            except Exception as error:  # noqa: BLE001  whatever a message does to its handler, the next one is served
                await self._set_aside(message, headers, error)
                metrics.EVENTS_HANDLED.labels(self._queue, "failed").inc()
            else:
                metrics.EVENTS_HANDLED.labels(self._queue, "done").inc()
            await message.ack()

    async def _set_aside(self, message: RabbitMessage, headers: dict[str, Any], error: Exception) -> None:
        """Send the message on; returns when the broker has it safe, so that it may be acknowledged here."""
        attempt = failed_attempts(headers) + 1
        decision = after_failure(attempt, topology.RETRY_SECONDS)
        log.error("event not digested", queue=self._queue, attempt=attempt, next=repr(decision), exc_info=error)
        marked = {**headers, ATTEMPT_HEADER: attempt, ERROR_HEADER: repr(error)[:_ERROR_LENGTH]}
        marked[QUEUE_HEADER] = self._queue
        marked.pop("x-death", None)
        outgoing = self._outgoing(message, marked, decision)
        while True:
            try:
                return await self._publisher.send(outgoing)
            except rabbit.NotPublished as unavailable:
                log.warning("broker is unavailable, the message waits", error=repr(unavailable))
                await asyncio.sleep(_BROKER_PAUSE_SECONDS)

    def _outgoing(
        self, message: RabbitMessage, headers: dict[str, Any], decision: Retry | DeadLetter
    ) -> OutgoingMessage:
        match decision:
            case Retry(seconds):
                exchange, routing_key = topology.retry_exchange(self._service, seconds).name, self._queue
            case DeadLetter():
                exchange, routing_key = "", topology.dead_letters(self._service).name
            case _:
                assert_never(decision)
        raw = message.raw_message
        return OutgoingMessage(
            message.body,
            exchange,
            routing_key,
            mandatory=True,
            message_id=str(raw.message_id or uuid7()),
            headers=headers,
            kind=str(raw.type or ""),
        )


async def _undecoded(message: Any) -> Any:
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
            decoder=_undecoded,
            no_reply=True,
        )
        subscriber(_Consumer(service, event, handler, publisher).__call__)


@asynccontextmanager
async def consuming(
    url: str, service: str, handlers: Handlers, publisher: rabbit.Publisher, *, prefetch: int
) -> AsyncIterator[None]:
    """Consume during the block, from when the broker can be reached; at its end finish the messages under way."""
    broker = rabbit.new_broker(url, f"{service} consumers")
    _subscribe(broker, service, handlers, publisher, prefetch)

    async def start() -> None:
        await publisher.ready.wait()
        while True:
            try:
                return await rabbit.start(broker)
            except (OSError, AMQPException, TimeoutError) as error:
                log.warning("consumers could not start", error=repr(error))
                await asyncio.sleep(_BROKER_PAUSE_SECONDS)

    starting = asyncio.create_task(start())
    try:
        yield
    finally:
        await end(starting)
        await rabbit.stop(broker, rabbit.FINISH_SECONDS + 2)
