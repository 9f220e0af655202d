"""What every copy of a process has to hear: each has a queue of its own, which lasts as long as its connection.

Nothing waits there for a copy that is away. So whenever a copy has connected, it reads what it may have missed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiormq.abc import AbstractChannel, AbstractConnection, DeliveredMessage

from chassis import broker as rabbit
from chassis.backoff import backoff_seconds
from chassis.envelope import unseal
from chassis.logs import logger
from chassis.loops import end
from chassis.topology import EVENTS, PRIVATE
from chassis.unavailable import is_unavailable

log = logger(__name__)
Handlers = Mapping[type[Any], Callable[[Any], None]]
"""A function for each class of events."""
CatchUp = Callable[[], Awaitable[object]]
_HEARTBEAT_SECONDS = 5  # a connection that has fallen silent is given up after three
_PAUSE_SECONDS = 0.5
_MOST_WAITING = 100_000  # messages that the broker keeps for a copy that does not read; the oldest go first


class TransientQueue:
    """The queue of one copy. Handlers are called one after another, in the order in which the broker has the messages.

    `catch_up` is called whenever the queue is new: it reads what was said before, while what is said from then on comes
    to the handlers already; it is tried until it succeeds. `on_lost` is called when a queue that was current is lost.
    """

    def __init__(
        self, url: str, service: str, handlers: Handlers, catch_up: CatchUp, on_lost: Callable[[], object]
    ) -> None:
        self._url = rabbit.named(url, f"{service} transient", beat=_HEARTBEAT_SECONDS)
        self._handlers = {event.type: handler for event, handler in handlers.items()}
        self._exchanges = {event.type: (PRIVATE if event.private else EVENTS).name for event in handlers}
        self._catch_up, self._on_lost = catch_up, on_lost
        self.is_current = False
        """Whether this copy has heard all that was said: connected, and caught up."""

    async def listen(self) -> None:
        """For ever: over a new connection, with a new queue, whenever one is lost."""
        failures = 0
        while True:
            try:
                async with rabbit.connected(self._url) as connection:
                    failures = 0
                    await self._listen(connection)
            except rabbit.FAILURES as error:
                log.warning("a transient queue is lost", error=repr(error))
            finally:
                self._lost()
            failures += 1
            await asyncio.sleep(backoff_seconds(failures, first=_PAUSE_SECONDS, maximum=2))

    async def _listen(self, connection: AbstractConnection) -> None:
        channel = await connection.channel(publisher_confirms=False)
        cancelled = asyncio.get_running_loop().create_future()

        def note(_tag: object) -> None:
            if not cancelled.done():
                cancelled.set_result(None)

        channel.on_consumer_cancel_callbacks.add(note)  # the queue is gone, say
        await self._bind(channel)
        catching_up = asyncio.create_task(self._become_current())
        try:
            await asyncio.wait((channel.closing, cancelled), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(catching_up)
        raise ConnectionError("the broker ended the queue" if cancelled.done() else repr(channel.closing))

    async def _bind(self, channel: AbstractChannel) -> None:
        arguments: Any = {"x-max-length": _MOST_WAITING}
        declared = await channel.queue_declare("", exclusive=True, auto_delete=True, arguments=arguments)
        queue = str(declared.queue)
        for event_type, exchange in self._exchanges.items():
            await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
            await channel.queue_bind(queue, exchange, routing_key=event_type)
        await channel.basic_consume(queue, self._handle, no_ack=True)

    async def _become_current(self) -> None:
        failures = 0
        while not self.is_current:
            try:
                await self._catch_up()
            except Exception as error:  # noqa: BLE001  whatever keeps it from catching up, it goes on trying
                failures += 1
                (log.warning if is_unavailable(error) else log.exception)("cannot catch up yet", error=repr(error))
                await asyncio.sleep(backoff_seconds(failures, first=0.1, maximum=2))
            else:
                self.is_current = True

    def _lost(self) -> None:
        if self.is_current:
            self.is_current = False
            self._on_lost()

    async def _handle(self, message: DeliveredMessage) -> None:
        """Handle one message, without awaiting anything: tasks begin in the order in which they were made."""
        event_type = str(message.header.properties.message_type or "")
        try:
            self._handlers[event_type](unseal(event_type, message.body))
        except Exception:
            log.exception("a message of a transient queue was not understood", event_type=event_type)


@asynccontextmanager
async def transient_queue(
    url: str, service: str, handlers: Handlers, catch_up: CatchUp, on_lost: Callable[[], object] = lambda: None
) -> AsyncIterator[TransientQueue]:
    """A copy's own queue of these events during the block; `service` names the connection."""
    queue = TransientQueue(url, service, handlers, catch_up, on_lost)
    listening = asyncio.create_task(queue.listen())
    try:
        yield queue
    finally:
        await end(listening)
