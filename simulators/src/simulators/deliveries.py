"""Webhooks on their way: sent at once, tried again for a day, kept with each attempt's answer, resumed by a restart."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from simulators.clock import Clock
from simulators.journal import Journal, JsonObject
from simulators.schedule import Schedule

_KIND = "delivery"
_ANSWER_SECONDS = 5.0
_LIFE_SECONDS = 24 * 3600.0
# A connection that is refused or breaks is tried again soon, five times; whatever was answered waits for minutes.
_QUICK_TRIES = 5
_QUICK_SECONDS = 0.5
_FIRST_RETRY_SECONDS = 60.0
_SHUFFLE_GAP_SECONDS = 0.03


class Camel(BaseModel):
    """snake_case here, camelCase on the wire; both are understood."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class WebhookPlan(Camel):
    """How the webhooks of one happening are delivered.

    `deliver: false` withholds them until they are replayed; `drop` is the chance (true: 1) that one is lost on the
    way. `before_response`: the call that caused them is answered after their first attempts. `stale_snapshot`: they
    show what they are about as it was before.
    """

    deliver: bool = True
    delay_ms: float = Field(default=0, ge=0)
    duplicates: int = Field(default=0, ge=0, le=100)
    shuffle: bool = False
    bad_signature: bool = False
    drop: float = Field(default=0, ge=0, le=1)
    before_response: bool = False
    stale_snapshot: bool = False


class Attempt(Camel):
    """One POST of a webhook: when, and the status or error it met."""

    at: float
    status: int | None = None
    error: str | None = None
    quick: bool = False


DeliveryState = Literal["pending", "delivered", "failed", "withheld", "dropped"]


class Delivery(Camel):
    """One webhook with all its attempts."""

    id: str
    event_id: str
    event: str
    url: str
    headers: dict[str, str]
    body: str
    created_at: float
    state: DeliveryState = "pending"
    next_at: float
    attempts: list[Attempt] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Message:
    """One event, ready to be signed and sent: to its own address, where it has one, else to everybody's."""

    event_id: str
    event: str
    body: str
    url: str | None = None


Sign = Callable[[Message, WebhookPlan], Mapping[str, str]]

# What the call being answered has caused and must see attempted before its answer goes out.
_awaited: ContextVar[list[asyncio.Event] | None] = ContextVar("awaited", default=None)


class Deliveries:
    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        schedule: Schedule,
        url: str | None,
        sign: Sign,
        *,
        most_attempts: int | None = None,
    ) -> None:
        """`most_attempts` ends a delivery before its day is over."""
        self._journal = journal
        self._clock = clock
        self._schedule = schedule
        self._url = url
        self._sign = sign
        self._most_attempts = most_attempts
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(128)
        self._session: aiohttp.ClientSession | None = None
        self._attempted: dict[str, asyncio.Event] = {}

    async def start(self) -> None:
        """Take up what was pending when the process ended."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS),
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        for delivery in self.listed():
            if delivery.state == "pending":
                self._schedule.at(delivery.next_at, partial(self._start, delivery.id))

    async def stop(self) -> None:
        """Let go of what is under way; it is pending again at the next start."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def send(self, messages: Sequence[Message], plan: WebhookPlan) -> None:
        """Writes them down; they go out when the caller's transaction is through."""
        deliveries = [message for message in messages for _ in range(1 + plan.duplicates)]
        gap = 0.0
        if plan.shuffle:
            deliveries = _shuffled(deliveries)
            gap = _SHUFFLE_GAP_SECONDS
        for place, message in enumerate(deliveries):
            self._enqueue(message, plan, plan.delay_ms / 1000 + place * gap)

    @asynccontextmanager
    async def before_response(self) -> AsyncIterator[None]:
        """Leave the block when all that it caused, and that was to come before its answer, was attempted once."""
        events: list[asyncio.Event] = []
        token = _awaited.set(events)
        try:
            yield
        finally:
            _awaited.reset(token)
        for event in events:
            await event.wait()

    def forget(self) -> None:
        """The books were wiped: nobody waits for what stood in them."""
        for event in self._attempted.values():
            event.set()
        self._attempted.clear()

    def replay(self, delivery_id: str) -> Delivery | None:
        """Send it again now, signed with the secret of today."""
        delivery = self._get(delivery_id)
        if delivery is None:
            return None
        message = Message(delivery.event_id, delivery.event, delivery.body, self._url or delivery.url)
        again = delivery.model_copy(
            update={
                "headers": dict(self._sign(message, WebhookPlan())),
                "state": "pending",
                "next_at": self._clock.now(),
                "url": message.url,
            }
        )
        self._journal.update(_KIND, again.id, _stored(again))
        self._schedule.at(again.next_at, partial(self._start, again.id))
        return again

    def listed(self) -> list[Delivery]:
        """Oldest first."""
        return [Delivery.model_validate(body) for body in self._journal.all(_KIND)]

    def _enqueue(self, message: Message, plan: WebhookPlan, delay_seconds: float) -> None:
        now = self._clock.now()
        delivery = Delivery(
            id=f"dlv_{secrets.token_hex(10)}",
            event_id=message.event_id,
            event=message.event,
            url=message.url or self._url or "",
            headers=dict(self._sign(message, plan)),
            body=message.body,
            created_at=now,
            state=self._outcome(message, plan),
            next_at=now + delay_seconds,
        )
        self._journal.put(_KIND, delivery.id, _stored(delivery), parent=delivery.event_id, at=now)
        if delivery.state != "pending":
            return
        self._schedule.at(delivery.next_at, partial(self._start, delivery.id))
        awaited = _awaited.get()
        if plan.before_response and awaited is not None:
            self._attempted[delivery.id] = asyncio.Event()
            awaited.append(self._attempted[delivery.id])

    def _outcome(self, message: Message, plan: WebhookPlan) -> DeliveryState:
        if not plan.deliver or not (message.url or self._url):
            return "withheld"
        # The chance of a test's choosing; it protects nothing.
        return "dropped" if random.random() < plan.drop else "pending"

    def _start(self, delivery_id: str) -> None:
        task = asyncio.get_running_loop().create_task(self._attempt(delivery_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attempt(self, delivery_id: str) -> None:
        try:
            async with self._slots:
                delivery = self._get(delivery_id)
                if delivery is None or delivery.state != "pending":
                    return
                attempt = await self._post(delivery)
            current = self._get(delivery_id)
            if current is not None:
                self._record(current, attempt)
        finally:
            attempted = self._attempted.pop(delivery_id, None)
            if attempted is not None:
                attempted.set()

    async def _post(self, delivery: Delivery) -> Attempt:
        if self._session is None:
            raise RuntimeError("deliveries were not started")
        at = self._clock.now()
        try:
            async with self._session.post(
                delivery.url, data=delivery.body.encode(), headers=delivery.headers, allow_redirects=False
            ) as answer:
                return Attempt(at=at, status=answer.status)
        except TimeoutError:
            return Attempt(at=at, error="no answer within 5 s")
        except (aiohttp.ClientError, OSError) as error:
            return Attempt(at=at, error=repr(error), quick=_quick_tries(delivery.attempts) < _QUICK_TRIES)

    def _record(self, delivery: Delivery, attempt: Attempt) -> None:
        delivery.attempts.append(attempt)
        if attempt.status is not None and 200 <= attempt.status < 300:
            delivery.state = "delivered"
        else:
            delivery.next_at = self._clock.now() + retry_seconds(delivery.attempts)
            is_last = self._most_attempts is not None and len(delivery.attempts) >= self._most_attempts
            if is_last or delivery.next_at > delivery.created_at + _LIFE_SECONDS:
                delivery.state = "failed"
        self._journal.update(_KIND, delivery.id, _stored(delivery))
        if delivery.state == "pending":
            self._schedule.at(delivery.next_at, partial(self._start, delivery.id))

    def _get(self, delivery_id: str) -> Delivery | None:
        body = self._journal.get(_KIND, delivery_id)
        return None if body is None else Delivery.model_validate(body)


def retry_seconds(attempts: Sequence[Attempt]) -> float:
    """How long after its last, failed attempt a delivery is tried again: 1, 2, 4, … minutes."""
    quick = _quick_tries(attempts)
    if attempts[-1].quick:
        return float(_QUICK_SECONDS * 2 ** (quick - 1))
    return float(_FIRST_RETRY_SECONDS * 2 ** (len(attempts) - quick - 1))


def _quick_tries(attempts: Sequence[Attempt]) -> int:
    return sum(attempt.quick for attempt in attempts)


def _shuffled(messages: Sequence[Message]) -> list[Message]:
    shuffled = list(messages)
    random.shuffle(shuffled)
    # Chance may leave the order as it was; asking for a shuffle means wanting another one.
    return shuffled if shuffled != list(messages) else shuffled[::-1]


def _stored(delivery: Delivery) -> JsonObject:
    return delivery.model_dump(by_alias=True)
