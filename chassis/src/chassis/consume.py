"""Consumers: one quorum queue per service and event. A message whose handler fails is retried after 5 s and after 60 s,
then it is a dead letter.

Only an error of the message itself counts as a failure. While a store is unavailable the message waits in this process
and nothing is counted: once all of the prefetch waits, the queue stands still until the store is back. A process that
is told to end finishes what it handles, and gives the broker back at once what waits.

All queues of a process share one channel of aiormq, below FastStream and aio_pika, whose layers cost more than what is
done here (ADR 13).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar, assert_never, cast

import aiormq
import structlog
from aiormq.abc import AbstractConnection, DeliveredMessage
from opentelemetry.trace import SpanKind
from pamqp.commands import Basic
from uuid_utils import uuid7

from chassis import broker as rabbit
from chassis import metrics, telemetry, topology
from chassis.acknowledgements import Acknowledgements
from chassis.backoff import backoff_seconds
from chassis.bulk import OutgoingMessage
from chassis.envelope import PREFIX, handling, unseal
from chassis.logs import logger
from chassis.loops import end
from chassis.unavailable import is_unavailable
from contracts.event import Event
from contracts.subscriptions import OPEN_QUEUES, queue_name

log = logger(__name__)
ATTEMPT_HEADER = "x-marquee-attempt"
ERROR_HEADER = "x-marquee-error"
QUEUE_HEADER = "x-marquee-queue"
_ERROR_LENGTH = 500
_BROKER_PAUSE_SECONDS = 0.5

E = TypeVar("E", bound=Event)
Handler = Callable[[Any], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]
_Callback = Callable[[DeliveredMessage], Coroutine[Any, Any, None]]


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


class _GivenBackError(Exception):
    """The process ends while the message waits: another is to have it."""


class _Ending:
    """Whether the process takes no more messages."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def begin(self) -> None:
        self._event.set()

    async def pause(self, seconds: float) -> None:
        """Sleep; raises `_GivenBackError` once the process ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
            raise _GivenBackError


async def _handle_once_stores_are_available(handler: Handler, event: Event, ending: _Ending) -> None:
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
            await ending.pause(backoff_seconds(failures, first=0.05, maximum=2))


class _Consumer:
    """What happens to each message of one queue. Without an event the queue is the service's open one."""

    def __init__(
        self,
        service: str,
        event: type[Event] | None,
        handler: Handler,
        publisher: rabbit.Publisher,
        ending: _Ending,
    ) -> None:
        self._service, self._event, self._handler, self._publisher = service, event, handler, publisher
        self._ending = ending
        self.queue = queue_name(service, event) if event else OPEN_QUEUES[service]
        self._done = metrics.EVENTS_HANDLED.labels(self.queue, "done")

    async def handle(self, message: DeliveredMessage, acknowledgements: Acknowledgements) -> None:
        """Handle one message; whatever becomes of it, the queue goes on."""
        tag = cast("Basic.Deliver", message.delivery).delivery_tag or 0
        try:
            await self._handle(message)
        except _GivenBackError:
            log.info("the process ends, the message is given back", queue=self.queue)
        except Exception:
            log.exception("message goes to the dead letters as it is", queue=self.queue)
            await acknowledgements.reject(tag)
        else:
            acknowledgements.add(tag)

    async def _handle(self, message: DeliveredMessage) -> None:
        headers: dict[str, Any] = dict(message.header.properties.headers or {})
        with telemetry.continued(str(headers.get("traceparent", ""))), telemetry.span(self.queue, SpanKind.CONSUMER):
            structlog.contextvars.bind_contextvars(
                service=self._service, event_id=str(headers.get(f"{PREFIX}id", "")), trace_id=telemetry.trace_id()
            )
            try:
                kind = self._event.type if self._event else str(message.header.properties.message_type)
                event = unseal(kind, message.body)
                with handling(headers):
                    await _handle_once_stores_are_available(self._handler, event, self._ending)
            except _GivenBackError:
                raise
            except Exception as error:  # noqa: BLE001  whatever a message does to its handler, the next one is served
                await self._set_aside(message, headers, error)
                metrics.EVENTS_HANDLED.labels(self.queue, "failed").inc()
            else:
                self._done.inc()

    async def _set_aside(self, message: DeliveredMessage, headers: dict[str, Any], error: Exception) -> None:
        """Send the message on; returns when the broker has it safe, so that it may be acknowledged here."""
        attempt = failed_attempts(headers) + 1
        decision = after_failure(attempt, topology.RETRY_SECONDS)
        log.error("event not digested", queue=self.queue, attempt=attempt, next=repr(decision), exc_info=error)
        marked = {**headers, ATTEMPT_HEADER: attempt, ERROR_HEADER: repr(error)[:_ERROR_LENGTH]}
        marked[QUEUE_HEADER] = self.queue
        marked.pop("x-death", None)
        outgoing = self._outgoing(message, marked, decision)
        while True:
            try:
                return await self._publisher.send(outgoing)
            except rabbit.NotPublished as unavailable:
                log.warning("broker is unavailable, the message waits", error=repr(unavailable))
                await self._ending.pause(_BROKER_PAUSE_SECONDS)

    def _outgoing(
        self, message: DeliveredMessage, headers: dict[str, Any], decision: Retry | DeadLetter
    ) -> OutgoingMessage:
        match decision:
            case Retry(seconds):
                exchange, routing_key = topology.retry_exchange(self._service, seconds).name, self.queue
            case DeadLetter():
                exchange, routing_key = "", topology.dead_letters(self._service).name
            case _:
                assert_never(decision)
        properties = message.header.properties
        return OutgoingMessage(
            message.body,
            exchange,
            routing_key,
            mandatory=True,
            message_id=str(properties.message_id or uuid7()),
            headers=headers,
            kind=str(properties.message_type or ""),
        )


class _Consumers:
    """All consumers of a process, over one connection at a time."""

    def __init__(self, url: str, service: str, consumers: Sequence[_Consumer], prefetch: int, ending: _Ending) -> None:
        self._ending = ending
        self._url, self._consumers, self._prefetch = rabbit.named(url, f"{service} consumers"), consumers, prefetch
        self._under_way = set[asyncio.Future[Any]]()
        self._acknowledgements: Acknowledgements | None = None
        self._channel: aiormq.Channel | None = None

    async def consume(self, ready: asyncio.Event) -> None:
        """For ever, from when the broker is `ready`: over a new connection whenever one is lost."""
        await ready.wait()
        while True:
            try:
                async with rabbit.connected(self._url) as connection:
                    await self._consume(connection)
            except rabbit.FAILURES as error:
                log.warning("consumers have lost the broker", error=repr(error))
            await asyncio.sleep(_BROKER_PAUSE_SECONDS)

    async def _consume(self, connection: AbstractConnection) -> None:
        self._channel = channel = cast("aiormq.Channel", await connection.channel(publisher_confirms=False))
        # Half of the prefetch, so that the broker always has some to deliver.
        self._acknowledgements = Acknowledgements(channel, most=max(1, self._prefetch // 2))
        await channel.basic_qos(prefetch_count=self._prefetch)  # of each consumer
        for consumer in self._consumers:
            await channel.basic_consume(consumer.queue, self._callback(consumer, self._acknowledgements))
        cancelled = asyncio.get_running_loop().create_future()

        def note(_tag: object) -> None:
            if not cancelled.done():
                cancelled.set_result(None)

        channel.on_consumer_cancel_callbacks.add(note)  # its queue is gone, say
        await asyncio.wait((channel.closing, cancelled), return_when=asyncio.FIRST_COMPLETED)
        raise ConnectionError("the broker ended a consumer" if cancelled.done() else repr(channel.closing))

    def _callback(self, consumer: _Consumer, acknowledgements: Acknowledgements) -> _Callback:
        async def handle(message: DeliveredMessage) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  aiormq makes one for each message
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await consumer.handle(message, acknowledgements)

        return handle

    async def finish(self) -> None:
        """Take no more messages, finish those under way, and leave to others those that wait or do not end in time."""
        self._ending.begin()
        if self._channel is None or self._acknowledgements is None or self._channel.is_closed:
            return
        with suppress(*rabbit.FAILURES), rabbit.silence_as_error():
            async with asyncio.timeout(rabbit.FINISH_SECONDS):
                for tag in list(self._channel.consumers):
                    await self._channel.basic_cancel(tag)
                while self._under_way:
                    await asyncio.wait(self._under_way)
        await end(*self._under_way)
        with suppress(*rabbit.FAILURES), rabbit.silence_as_error():
            await self._acknowledgements.finish()


@asynccontextmanager
async def consuming(
    url: str,
    service: str,
    handlers: Handlers,
    publisher: rabbit.Publisher,
    *,
    prefetch: int,
    of_open_queue: Handler | None = None,
) -> AsyncIterator[None]:
    """Consume during the block, from when the broker can be reached; at its end finish the messages under way.

    `of_open_queue` handles the events of all kinds in the service's open queue.
    """
    ending = _Ending()
    each = [_Consumer(service, event, handler, publisher, ending) for event, handler in handlers.items()]
    each += [_Consumer(service, None, of_open_queue, publisher, ending)] if of_open_queue else []
    consumers = _Consumers(url, service, each, prefetch, ending)
    task = asyncio.create_task(consumers.consume(publisher.ready))
    try:
        yield
    finally:
        await consumers.finish()
        await end(task)
