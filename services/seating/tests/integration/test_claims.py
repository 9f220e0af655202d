"""What a claim is worth: no ledger is written on one that may be over before the write is."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest
from services.seating.tests.house import House, a_claim, a_sale, a_user

from contracts.sale import Sale
from seating.domain import Ledger, Showtime
from seating.holds import CLAIM_SPARE_MS, RedisSeatHolds, keys_of
from seating.ledger import Change, selling
from seating.store import DEADLINE_SECONDS
from seating.usecases.ports import Claim, ClaimOver


class HeldUp(RedisSeatHolds):
    """Whoever claims for the first time is held up until the claim is over, and another has taken the seat."""

    def __init__(self, house: House, other: str) -> None:
        super().__init__(house.redis, hold_seconds=600, payment_seconds=300)
        self._house, self._other = house, other
        self.claims: list[Claim] = []

    async def claim(self, showtime: Showtime, sale: Sale) -> Claim:
        claim = await super().claim(showtime, sale)
        if not self.claims:
            claim = replace(claim, ends=time.monotonic() + DEADLINE_SECONDS)  # less by the time it is looked at
            await self._house.redis.flushdb()
            if self._other:
                await self._house.held(showtime, self._other, *sale.seat_ids)
        self.claims.append(claim)
        return claim


@pytest.mark.parametrize(
    ("other", "verdict"), [("", ("sold", None)), (a_user(), ("refused", "seats_lost"))], ids=["free", "taken"]
)
async def test_a_claim_that_is_over_is_made_again_and_never_written_on(
    house: House, other: str, verdict: tuple[str, str | None]
) -> None:
    showtime = await house.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    house.maps.holds = holds = HeldUp(house, other)
    await house.sales.sell(sale)
    assert await house.verdict(sale) == verdict
    assert [claim.granted for claim in holds.claims[:2]] == [True, not other]


async def test_a_claim_is_over_for_us_well_before_it_is_for_redis(house: House) -> None:
    showtime = await house.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    claim = await house.sales.claim(showtime, sale)
    kept = orjson.loads(await house.redis.hget(keys_of(showtime.id)[4], sale.hold_id))
    left_there = kept["claimed_until"] - await house.redis_now()
    left_here = (claim.ends - time.monotonic()) * 1000
    assert left_here < left_there - CLAIM_SPARE_MS / 2


async def test_no_write_begins_that_the_claim_may_not_outlive(house: House) -> None:
    showtime = await house.showtime()
    sale, now = a_sale(showtime.snapshot, a_user(), "A1"), datetime.now(UTC)
    ledgers, before = house.maps.ledgers, await house.ledger(showtime)
    ends = time.monotonic() + DEADLINE_SECONDS

    def decide(_: Ledger) -> Change:
        return selling(sale, now)

    with pytest.raises(ClaimOver):
        await ledgers.sell(sale, now, ends=ends)
    with pytest.raises(ClaimOver):
        await ledgers.amend(showtime.id, sale.booking_id, decide, ends=ends)
    assert await house.ledger(showtime) == before


async def test_a_refused_claim_has_no_end(house: House) -> None:
    showtime = await house.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    await house.sales.write(sale, replace(a_claim(datetime.now(UTC), granted=False), ends=0))
    assert await house.verdict(sale) == ("refused", "seats_lost")
