"""What a claim is worth: no ledger is written on one that may be over before the write is."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from services.seating.tests.factories import a_claim, a_sale, a_user
from services.seating.tests.harness import Harness

from contracts.sale import Sale
from seating.domain import Ledger, Showtime
from seating.holds import CLAIM_MARGIN_MS
from seating.ledger import LedgerChange, sale_change
from seating.shards import keys_of
from seating.store import WRITE_SECONDS
from seating.usecases.ports import Claim, ClaimTooShort


@pytest.mark.parametrize(
    ("other", "verdict"), [("", ("sold", None)), (a_user(), ("refused", "seats_lost"))], ids=["free", "taken"]
)
async def test_a_claim_that_is_over_is_made_again_and_never_written_on(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, other: str, verdict: tuple[str, str | None]
) -> None:
    showtime = await harness.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    claim, claims = harness.seat_holds.claim, list[Claim]()

    async def held_up(showtime: Showtime, sale: Sale, places: Sequence[str] = ()) -> Claim:
        """The first time for so long that the claim is over, and another has taken the seat."""
        claimed = await claim(showtime, sale, places)
        if not claims:
            claimed = replace(claimed, deadline=time.monotonic() + WRITE_SECONDS)  # less by the time it is looked at
            await harness.redis.flushdb()
            if other:
                await harness.held(showtime, other, *sale.seat_ids)
        claims.append(claimed)
        return claimed

    monkeypatch.setattr(harness.seat_holds, "claim", held_up)
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == verdict
    assert [made.granted for made in claims[:2]] == [True, not other]


async def test_a_claim_is_over_for_us_well_before_it_is_for_redis(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    claim = await harness.use_cases.sales.claim(showtime, sale)
    record: Any = await harness.redis.hget(keys_of(showtime.id)[3], sale.hold_id)
    left_there = orjson.loads(record)["claimed_until"] - await harness.redis_now()
    left_here = (claim.deadline - time.monotonic()) * 1000
    assert left_here < left_there - CLAIM_MARGIN_MS / 2


async def test_no_write_begins_that_the_claim_may_not_outlive(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale, now = a_sale(showtime.snapshot, a_user(), "A1"), datetime.now(UTC)
    ledgers, before = harness.seating.ports.ledgers, await harness.ledger(showtime)
    ends = time.monotonic() + WRITE_SECONDS

    def decide(_: Ledger) -> LedgerChange:
        return sale_change(sale, now)

    with pytest.raises(ClaimTooShort):
        await ledgers.sell(sale, now, deadline=ends)
    with pytest.raises(ClaimTooShort):
        await ledgers.amend(showtime.id, sale.booking_id, decide, deadline=ends)
    assert await harness.ledger(showtime) == before


async def test_a_refused_claim_has_no_end(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    await harness.use_cases.sales.write(sale, replace(a_claim(datetime.now(UTC), granted=False), deadline=0))
    assert await harness.verdict(sale) == ("refused", "seats_lost")
