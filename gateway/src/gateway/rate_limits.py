"""Rate limits, counted in Redis, so that all copies of the gateway count together.

While Redis does not answer nothing is limited, save what guards accounts: that is refused, and nobody guesses.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chassis.auth import Caller, Tokens, bearer
from chassis.logs import logger
from chassis.problems import Problem, RateLimited, Unavailable
from chassis.scripts import Script, ScriptRunner
from gateway import rate_classes
from gateway.rate_classes import Limit, RateClass, Rates
from gateway.request import Fields, RequestHead

log = logger(__name__)
_GCRA = Script((resources.files("gateway") / "lua" / "gcra.lua").read_text(encoding="utf-8"))
_MINUTE = 60_000_000  # in microseconds, as the script counts
_REST_SECONDS = 1.0  # for which a Redis that did not answer is not asked


@dataclass(frozen=True, slots=True)
class Count:
    """What a call found of one limit; times in microseconds."""

    limit: Limit
    is_admitted: bool
    left: int
    all_back: int
    next_one: int

    @property
    def fields(self) -> Fields:
        """The headers that tell it; seconds are rounded up."""
        return (
            (b"ratelimit-limit", b"%d" % self.limit.calls),
            (b"ratelimit-remaining", b"%d" % self.left),
            (b"ratelimit-reset", b"%d" % _seconds(self.all_back)),
        )


class RateLimits:
    """Counts calls by class. `tokens` says who calls: a token that is not ours counts by its address."""

    def __init__(self, redis: "Redis", tokens: Tokens, rates: Rates) -> None:
        self._run, self._tokens, self._rates = ScriptRunner(redis), tokens, rates
        self._asked_again_at = 0.0

    async def admit(self, request: RequestHead, rate_class: RateClass, body: bytes) -> Fields:
        """Count a call; the headers that its answer has.

        Raises `RateLimited` beyond a limit, `Unavailable` where sign-ins cannot be counted.
        """
        caller = await self._caller(request) if rate_classes.names_user(rate_class) else None
        user_id, is_guest = (caller.user_id, caller.guest) if caller else (None, False)
        limits = rate_classes.limits_of(rate_class, self._rates, request.address, user_id, body, is_guest=is_guest)
        counts = await self._counts(limits)
        if counts is None:
            if rate_classes.guards_accounts(rate_class):
                raise Unavailable("sign-ins cannot be counted now")
            return ()
        refused = [count for count in counts if not count.is_admitted]
        if refused:
            longest = max(refused, key=lambda count: count.next_one)
            headers = {name.decode(): value.decode() for name, value in longest.fields}
            headers["Retry-After"] = str(_seconds(longest.next_one))
            raise RateLimited("too many calls within a minute: wait a little", headers=headers)
        return min(counts, key=lambda count: count.left).fields

    async def _caller(self, request: RequestHead) -> Caller | None:
        header = request.by_name.get(b"authorization")
        if header is None:
            return None
        try:
            return await self._tokens.verify(bearer(header.decode("latin-1")))
        except Problem:
            return None  # the service says what is wrong with it

    async def _counts(self, limits: Sequence[Limit]) -> list[Count] | None:
        """None where Redis does not answer."""
        if time.monotonic() < self._asked_again_at:
            return None
        calls = [self._run(_GCRA, (f"rate:{limit.key}".encode(),), limit.calls, _MINUTE) for limit in limits]
        try:
            answers = await asyncio.gather(*calls)
        except (RedisError, OSError) as error:
            self._asked_again_at = time.monotonic() + _REST_SECONDS
            log.warning("calls are not limited: Redis does not answer", error=repr(error))
            return None
        return [
            Count(limit, bool(admitted), left, all_back, next_one)
            for limit, (admitted, left, all_back, next_one) in zip(limits, answers, strict=True)
        ]


def _seconds(microseconds: int) -> int:
    return math.ceil(microseconds / 1_000_000)
