"""RabbitMQ: connecting and closing, and publishing that ends with a confirmation or an error.

A URL may list the brokers of a cluster, separated by commas: each is as good as another, and whoever loses one goes to
the next (ADR 56). Publishing has a connection of its own: over a consumer's channel a returned message could go
unnoticed.
"""

import asyncio
import os
import random
import re
import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from itertools import cycle
from typing import cast

import aiormq
from aio_pika import RobustConnection
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPException, DeliveryError
from aiormq.abc import AbstractConnection
from faststream.rabbit import Channel, RabbitBroker
from yarl import URL

from chassis import bulk, metrics
from chassis.bulk import OutgoingMessage
from chassis.envelope import Envelope
from chassis.logs import logger
from chassis.loops import end, finish
from chassis.topology import EVENTS, PRIVATE, declare, open_queue
from chassis.unavailable import PeerUnavailable
from contracts.event import Event
from contracts.subscriptions import BY_TYPE, has_subscriber, queues_of

log = logger(__name__)

PUBLISH_TIMEOUT_SECONDS = 5.0
CONNECT_SECONDS = 5
CONNECT_SECONDS_OF_SEVERAL = 2
FINISH_SECONDS = 5  # for the messages under way when a process ends
_CLOSE_SECONDS = 3.0
_BEAT_SECONDS = 2  # of one broker of several
_BATCH = 64  # messages in one write
_BETWEEN = re.compile(r",\s*(?=amqps?://)")


class NotPublished(PeerUnavailable):
    """The broker did not confirm the message, or no queue took it."""


_Nack = aiormq.spec.Basic.Nack
FAILURES = (OSError, AMQPException, TimeoutError, RuntimeError)
"""What the drivers raise where a broker is lost; `RuntimeError` for a call on a channel that has just ended."""


def named(url: str, purpose: str, *, beat: int | None = None) -> str:
    """The broker's URL, or several, with a name by which RabbitMQ lists the connection: its purpose and its process.
    Where the URL says nothing of it, the broker is heard of every `beat` seconds at least."""
    addresses = _addresses(url)
    several = len(addresses) > 1
    if several:
        aiormq.Connection.HEARTBEAT_GRACE_MULTIPLIER = 1  # there are others: who misses one beat is left
    query = {"name": f"{purpose} ({socket.gethostname()}:{os.getpid()})"}
    if beat or several:
        query["heartbeat"] = str(_BEAT_SECONDS if several else beat)
    return ",".join(str(URL(address).update_query({**query, **URL(address).query})) for address in addresses)


def shuffled(url: str) -> list[str]:
    """The URLs that it lists, in an order by chance: no broker is everybody's first, or last."""
    listed = _addresses(url)
    return random.SystemRandom().sample(listed, len(listed))


def _addresses(url: str) -> list[str]:
    """Each of the URLs that it lists. A comma within one, as of a password, begins no other."""
    return _BETWEEN.split(url)


def _seconds_to_connect(url: str) -> float:
    """How many seconds a broker has to answer: fewer where there are others."""
    return CONNECT_SECONDS_OF_SEVERAL if len(_addresses(url)) > 1 else CONNECT_SECONDS


def new_broker(url: str, purpose: str) -> RabbitBroker:
    """A client of RabbitMQ, not started yet, that reconnects by itself once it is."""
    channel = Channel(publisher_confirms=True, on_return_raises=True)
    listed = shuffled(named(url, purpose))
    broker = RabbitBroker(
        listed[0],
        default_channel=channel,
        reconnect_interval=0.5,
        fail_fast=True,
        timeout=_seconds_to_connect(url),
        logger=None,
        apply_types=False,
    )
    if len(listed) > 1:
        broker._connection_kwargs["connection_class"] = _of_several(listed)
    return broker


def _of_several(listed: Sequence[str]) -> type[RobustConnection]:
    """A connection that goes to the next of the brokers each time that it connects."""
    turns = cycle([URL(address) for address in listed])

    class OfSeveral(RobustConnection):
        @property  # aio_pika asks for it when it connects, and at no other time
        def url(self) -> URL:
            return next(turns)

        @url.setter
        def url(self, _address: URL) -> None:
            """The list is what counts."""

        def __str__(self) -> str:
            return "one of several brokers"

    return OfSeveral


@contextmanager
def silence_as_error() -> Iterator[None]:
    """aiormq cancels what waits on a connection that has fallen silent: raise `ConnectionError` in place of that."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ConnectionError("the broker has fallen silent") from None


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AbstractConnection]:
    """A bare connection during the block; raises where no broker answers in time, or the one that did falls silent."""
    connection = await _opened_to_any(url)
    try:
        with silence_as_error():
            yield connection
    finally:
        await _close(connection)


async def _opened_to_any(url: str) -> AbstractConnection:
    """To the first that answers; raises what the last one said."""
    *others, last = shuffled(url)
    for other in others:
        with suppress(*FAILURES):
            return await _opened(other, _seconds_to_connect(url))
    return await _opened(last, _seconds_to_connect(url))


async def _opened(url: str, seconds: float) -> AbstractConnection:
    """A connection. Whoever is cancelled meanwhile waits for a moment for the attempt: cancelled itself, the client
    would leave a socket that nobody closes."""
    attempt = asyncio.ensure_future(aiormq.connect(url))
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(attempt)
    except asyncio.CancelledError:
        await finish(attempt, _CLOSE_SECONDS)
        if not attempt.cancelled() and not attempt.exception():
            await _close(attempt.result())
        raise
    finally:
        await end(attempt)


async def _close(connection: AbstractConnection) -> None:
    with suppress(*FAILURES):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await connection.close()


async def start(broker: RabbitBroker) -> None:
    """Connect and start. The caller calls `stop` afterwards, also where this raises.

    A cancellation waits for the attempt to connect: cancelled itself, the client would go on with it in a task that
    nobody can end any more, and that swallows the cancellation with which an event loop closes.
    """
    attempt = asyncio.ensure_future(broker.connect())
    try:
        await asyncio.shield(attempt)
    except asyncio.CancelledError:
        await finish(attempt, 2 * CONNECT_SECONDS)
        raise
    await broker.start()


async def stop(broker: RabbitBroker, seconds: float = _CLOSE_SECONDS) -> None:
    """Close the connection; give up after `seconds` if the broker does not answer."""
    try:
        async with asyncio.timeout(seconds):
            await broker.stop()
    except TimeoutError:
        log.warning("the broker does not answer, its connection is not closed")


class Publisher:
    """Publishes sealed events and waits until the broker has confirmed them. An event that a service of ours
    subscribes to must reach a queue."""

    def __init__(self, url: str, source: str) -> None:
        self._url, self._source = url, source
        self._broker: RabbitBroker | None = None
        self._channel: AbstractChannel | None = None
        self.ready = asyncio.Event()

    async def connect(self) -> None:
        """Try until the broker is reached and the topology declared; publishing fails until then."""
        while not self.ready.is_set():
            self._broker = broker = new_broker(self._url, f"{self._source} publisher")
            try:
                await start(broker)
                await declare(broker)
                self._channel = (await broker.declare_exchange(EVENTS)).channel
            except FAILURES as error:
                log.warning("broker is unavailable", error=repr(error))
                await stop(broker)
                await asyncio.sleep(0.5)
            else:
                self.ready.set()

    async def publish(self, envelope: Envelope) -> None:
        """Return when the broker has the message safe; raises `NotPublished`."""
        if failure := (await self._outcomes([envelope]))[0]:
            raise NotPublished(f"{envelope.type}: {failure!r}") from failure

    async def publish_all(self, envelopes: Iterable[Envelope]) -> set[str]:
        """Publish many, a batch at a time, and stop after a batch with a failure. Returns the ids of those that the
        broker has safe. Of several envelopes with the same id one is published: one id is one event.
        """
        waiting, safe = list({envelope.id: envelope for envelope in envelopes}.values()), set[str]()
        while waiting:
            now, waiting = waiting[:_BATCH], waiting[_BATCH:]
            outcomes = await self._outcomes(now)
            safe |= {envelope.id for envelope, failure in zip(now, outcomes, strict=True) if failure is None}
            if failures := [failure for failure in outcomes if failure is not None]:
                log.warning("events wait to be published again", events=len(failures), error=repr(failures[0]))
                break
        return safe

    async def _outcomes(self, envelopes: Sequence[Envelope]) -> list[BaseException | None]:
        """The failure of each; None where the broker has it safe."""
        try:
            messages = [self._message(envelope) for envelope in envelopes]
            outcomes = await self._sent(messages)
            refused = [place for place, outcome in enumerate(outcomes) if _is_refusal(outcome, messages[place])]
            if refused:
                ours = await self._sent_to_ours([messages[place] for place in refused])
                outcomes = [ours.pop(0) if place in refused else outcome for place, outcome in enumerate(outcomes)]
        except (*FAILURES, NotPublished) as error:
            return [error] * len(envelopes)
        return outcomes

    async def _sent_to_ours(self, messages: Sequence[OutgoingMessage]) -> list[BaseException | None]:
        """Publish to each of our queues by itself what some queue has refused: a partner's queue that is full must not
        hold up ours.

        The queues that did not refuse have the message already; ours may get it twice, which every handler bears.
        """
        outcomes: list[BaseException | None] = [None] * len(messages)
        queues = [queues_of(BY_TYPE[message.kind]) for message in messages]
        for turn in range(max(map(len, queues))):  # one id is in flight once: each turn is one queue of every event
            places = [place for place, names in enumerate(queues) if turn < len(names)]
            to_queues = [
                replace(messages[place], exchange="", routing_key=queues[place][turn], mandatory=True)
                for place in places
            ]
            for place, failure in zip(places, await self._sent(to_queues), strict=True):
                outcomes[place] = outcomes[place] or failure
        safe = outcomes.count(None)
        metrics.EVENTS_REFUSED.inc(safe)
        log.warning("a queue that is not ours refuses events", events=safe, event_type=messages[0].kind)
        return outcomes

    def _message(self, envelope: Envelope) -> OutgoingMessage:
        event = BY_TYPE[envelope.type]
        return OutgoingMessage(
            envelope.data.encode(),
            (PRIVATE if event.private else EVENTS).name,
            envelope.type,
            has_subscriber(event),
            envelope.id,
            envelope.headers(self._source),
            envelope.type,
        )

    async def send(self, message: OutgoingMessage) -> None:
        """Publish one message as it is; raises `NotPublished`."""
        try:
            (failure,) = await self._sent([message])
        except (*FAILURES, NotPublished) as error:
            failure = error
        if failure:
            raise NotPublished(f"{message.routing_key}: {failure!r}") from failure

    async def _sent(self, messages: Sequence[OutgoingMessage]) -> list[BaseException | None]:
        if self._channel is None:
            raise NotPublished("the broker has not been reached yet")
        async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
            channel = cast("aiormq.Channel", await self._channel.get_underlay_channel())
            return await bulk.send(channel, messages)

    async def bind(self, service: str, wanted: Iterable[type[Event]], unwanted: Iterable[type[Event]] = ()) -> None:
        """Let the service's open queue take the `wanted` public events from now on, and the `unwanted` no more;
        idempotent. Raises `NotPublished` when the broker cannot be reached."""
        if self._broker is None or not self.ready.is_set():
            raise NotPublished("the broker has not been reached yet")
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
                queue = await self._broker.declare_queue(open_queue(service))
                for event in wanted:
                    await queue.bind(EVENTS.name, routing_key=event.type)
                for event in unwanted:
                    await queue.unbind(EVENTS.name, routing_key=event.type)
        except (*FAILURES, NotPublished) as error:
            raise NotPublished(f"bindings of {service}: {error!r}") from error

    async def ping(self) -> None:
        """Raise when the broker cannot be reached."""
        if self._broker is None or not self.ready.is_set() or not await self._broker.ping(timeout=1):
            raise NotPublished("the broker cannot be reached")

    async def close(self) -> None:
        """End the connection."""
        if self._broker is not None:
            await stop(self._broker)


def _is_refusal(outcome: BaseException | None, message: OutgoingMessage) -> bool:
    """Whether some queue refused it (a nack) on the exchange where partners have queues. A message that came back
    reached no queue, which is another failure."""
    return isinstance(outcome, DeliveryError) and isinstance(outcome.frame, _Nack) and message.exchange == EVENTS.name


@asynccontextmanager
async def publishing(url: str, source: str) -> AsyncIterator[Publisher]:
    """A publisher that connects in the background: a process starts and sells while the broker is unavailable."""
    publisher = Publisher(url, source)
    connecting = asyncio.create_task(publisher.connect())
    try:
        yield publisher
    finally:
        await end(connecting)
        await publisher.close()
