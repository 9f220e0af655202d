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
    show what they are about as it was before. `age_seconds`: where the provider signs the time, by how much it is past.
    `wrong_mode`: they are of another account, or of the other mode. `old_secret`: signed with the secret before the
    last. `key_order`: their keys stand in the order of the alphabet; `missing_optional`: what is empty is left out.
    """

    deliver: bool = True
    delay_ms: float = Field(default=0, ge=0)
    duplicates: int = Field(default=0, ge=0, le=100)
    shuffle: bool = False
    bad_signature: bool = False
    drop: float = Field(default=0, ge=0, le=1)
    before_response: bool = False
    stale_snapshot: bool = False
    age_seconds: float = 0
    wrong_mode: bool = False
    old_secret: bool = False
    key_order: bool = False
    missing_optional: bool = False


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
    plan: WebhookPlan = Field(default_factory=WebhookPlan)


@dataclass(frozen=True, slots=True)
class Message:
    """One event, ready to be signed and sent; to `url` where the provider is told one for each cause."""

    event_id: str
    event: str
    body: str
    url: str | None = None


Sign = Callable[[Message, WebhookPlan], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where webhooks go (nowhere: they are withheld), and how this provider sends them there.

    An answer may take `answer_seconds`; a failed delivery is tried again for `life_seconds`, or until `most_attempts`
    were made. `sign` makes the headers, once for all attempts or, with `sign_each_attempt`, for each anew.
    """

    url: str | None
    sign: Sign
    answer_seconds: float = 5.0
    life_seconds: float = 24 * 3600.0
    most_attempts: int | None = None
    sign_each_attempt: bool = False


# What the call being answered has caused and must see attempted before its answer goes out.
_awaited: ContextVar[list[asyncio.Event] | None] = ContextVar("awaited", default=None)


class Deliveries:
    def __init__(self, journal: Journal, clock: Clock, schedule: Schedule, endpoint: Endpoint) -> None:
        self._journal = journal
        self._clock = clock
        self._schedule = schedule
        self._endpoint = endpoint
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(128)
        self._session: aiohttp.ClientSession | None = None
        self._attempted: dict[str, asyncio.Event] = {}

    async def start(self) -> None:
        """Take up what was pending when the process ended."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._endpoint.answer_seconds),
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
        again = delivery.model_copy(
            update={
                "headers": self._headers(delivery, WebhookPlan()),
                "state": "pending",
                "next_at": self._clock.now(),
                "url": self._endpoint.url or delivery.url,
                "plan": WebhookPlan(),
            }
        )
        self._journal.update(_KIND, again.id, _stored(again))
        self._schedule.at(again.next_at, partial(self._start, again.id))
        return again

    def listed(self) -> list[Delivery]:
        """Oldest first."""
        return [Delivery.model_validate(body) for body in self._journal.all(_KIND)]

    def _enqueue(self, message: Message, plan: WebhookPlan, delay_seconds: float) -> None:
        now, url = self._clock.now(), message.url or self._endpoint.url or ""
        delivery = Delivery(
            id=f"dlv_{secrets.token_hex(10)}",
            event_id=message.event_id,
            event=message.event,
            url=url,
            headers=dict(self._endpoint.sign(message, plan)),
            body=message.body,
            created_at=now,
            state=_first_state(plan, url),
            next_at=now + delay_seconds,
            plan=plan,
        )
        self._journal.put(_KIND, delivery.id, _stored(delivery), parent=delivery.event_id, at=now)
        if delivery.state != "pending":
            return
        self._schedule.at(delivery.next_at, partial(self._start, delivery.id))
        awaited = _awaited.get()
        if plan.before_response and awaited is not None:
            self._attempted[delivery.id] = asyncio.Event()
            awaited.append(self._attempted[delivery.id])

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
                if self._endpoint.sign_each_attempt:
                    delivery.headers = self._headers(delivery, delivery.plan)
                attempt = await self._post(delivery)
            current = self._get(delivery_id)
            if current is not None:
                self._record(current.model_copy(update={"headers": delivery.headers}), attempt)
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
            return Attempt(at=at, error=f"no answer within {self._endpoint.answer_seconds:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return Attempt(at=at, error=repr(error), quick=_quick_tries(delivery.attempts) < _QUICK_TRIES)

    def _record(self, delivery: Delivery, attempt: Attempt) -> None:
        delivery.attempts.append(attempt)
        if attempt.status is not None and 200 <= attempt.status < 300:
            delivery.state = "delivered"
        else:
            delivery.next_at = self._clock.now() + retry_seconds(delivery.attempts)
            most, until = self._endpoint.most_attempts, delivery.created_at + self._endpoint.life_seconds
            is_last = most is not None and len(delivery.attempts) >= most
            if is_last or delivery.next_at > until:
                delivery.state = "failed"
        self._journal.update(_KIND, delivery.id, _stored(delivery))
        if delivery.state == "pending":
            self._schedule.at(delivery.next_at, partial(self._start, delivery.id))

    def _headers(self, delivery: Delivery, plan: WebhookPlan) -> dict[str, str]:
        message = Message(delivery.event_id, delivery.event, delivery.body, delivery.url)
        return dict(self._endpoint.sign(message, plan))

    def _get(self, delivery_id: str) -> Delivery | None:
        body = self._journal.get(_KIND, delivery_id)
        return None if body is None else Delivery.model_validate(body)


def retry_seconds(attempts: Sequence[Attempt]) -> float:
    """How long after its last, failed attempt a delivery is tried again: 1, 2, 4, … minutes."""
    quick = _quick_tries(attempts)
    if attempts[-1].quick:
        return float(_QUICK_SECONDS * 2 ** (quick - 1))
    return float(_FIRST_RETRY_SECONDS * 2 ** (len(attempts) - quick - 1))


def _first_state(plan: WebhookPlan, url: str) -> DeliveryState:
    if not plan.deliver or not url:
        return "withheld"
    # The chance of a test's choosing; it protects nothing.
    return "dropped" if random.random() < plan.drop else "pending"


def _quick_tries(attempts: Sequence[Attempt]) -> int:
    return sum(attempt.quick for attempt in attempts)


def _shuffled(messages: Sequence[Message]) -> list[Message]:
    shuffled = list(messages)
    random.shuffle(shuffled)
    # Chance may leave the order as it was; asking for a shuffle means wanting another one.
    return shuffled if shuffled != list(messages) else shuffled[::-1]


def _stored(delivery: Delivery) -> JsonObject:
    return delivery.model_dump(by_alias=True)
