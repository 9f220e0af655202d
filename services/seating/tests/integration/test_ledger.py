"""One ledger, many writers: none waits for those of other seats, none acts on what is no longer so."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from typing import Any

import pytest
from services.seating.tests.factories import a_cancellation, a_checked_out_hold, a_claim, a_sale, a_user
from services.seating.tests.harness import Answer, Harness

from chassis.outbox import Outbox
from chassis.problems import Problem
from contracts.ids import BookingId, ShowtimeId
from contracts.sale import Sale
from contracts.seating import HoldExtended
from seating.domain import Ledger, Showtime
from seating.ledger import LedgerChange, checkout_change, decide_give_up
from seating.store import MongoLedgers

Happens = Callable[[], Awaitable[object]]
LONG_AGO, SOON = datetime(2020, 1, 1, tzinfo=UTC), timedelta(minutes=3)


async def check_out(harness: Harness, user: str, hold_id: str) -> Answer:
    return await harness.call("POST", f"/internal/holds/{hold_id}/checkout", user=user, json={})


async def refresh(harness: Harness, user: str, hold_id: str) -> Answer:
    return await harness.call("PATCH", f"/api/seats/hold/{hold_id}/refresh", user=user)


async def test_sixty_guests_of_one_showtime_begin_to_pay_and_give_up_at_once(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime(rows=6, cols=10)
    users = {a_user(): seat.seat_id for seat in showtime.seats}
    holds = {user: await harness.held(showtime, user, seat) for user, seat in users.items()}
    calls = [(replica if at % 2 else harness, user, hold_id) for at, (user, hold_id) in enumerate(holds.items())]
    answers = await asyncio.gather(*(check_out(process, user, hold_id) for process, user, hold_id in calls))
    assert {answer.status for answer in answers} == {200}
    checkouts = (await harness.ledger(showtime))["checkouts"]
    named = {seat: checkout["hold_id"] for seat, checkout in checkouts.items()}
    assert named == {seat: holds[user] for user, seat in users.items()}
    let_go = [process.call("DELETE", f"/api/seats/hold/{hold_id}", user=user) for process, user, hold_id in calls]
    assert {answer.status for answer in await asyncio.gather(*let_go)} == {204}
    assert (await harness.ledger(showtime))["checkouts"] == {}
    assert await harness.map(showtime) == "a" * 60


class Overtaken(MongoLedgers):
    """Presumes nothing; something else happens after the first read of a ledger, before what was read is acted on."""

    def __init__(self, outbox: Outbox, happens: Happens) -> None:
        super().__init__(outbox)
        self._happens = happens
        self.reads = 0

    async def amend(
        self,
        showtime_id: ShowtimeId,
        booking_id: BookingId,
        decide: Callable[[Ledger], LedgerChange | None],
        *,
        presumed: Ledger | None = None,
        deadline: float = inf,
    ) -> Ledger | None:
        return await super().amend(showtime_id, booking_id, decide, deadline=deadline)

    async def read(self, showtime_id: ShowtimeId) -> Ledger | None:
        ledger = await super().read(showtime_id)
        self.reads += 1
        if self.reads == 1:
            await self._happens()
        return ledger


async def test_a_sale_of_another_seat_does_not_make_a_checkout_decide_again(harness: Harness, replica: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, user, "A1")
    other = a_sale(showtime.snapshot, a_user(), "B1")
    overtaken = Overtaken(harness.process.outbox("ledgers"), partial(replica.use_cases.sales.sell, other))
    harness.swap(ledgers=overtaken)
    assert (await check_out(harness, user, hold_id)).status == 200
    assert overtaken.reads == 1
    assert (await harness.ledger(showtime))["sold"] == {"B1": other.booking_id}


Meanwhile = Callable[[Harness, Showtime, Sale], Awaitable[object]]


async def _its_booking_is_cancelled(replica: Harness, _: Showtime, mine: Sale) -> None:
    await replica.use_cases.sales.cancel(a_cancellation(mine, was_confirmed=False))


async def _a_seat_is_sold(replica: Harness, showtime: Showtime, _: Sale) -> None:
    await replica.use_cases.sales.write(a_sale(showtime.snapshot, a_user(), "A2"), a_claim(datetime.now(UTC)))


async def _another_begins_to_pay(replica: Harness, showtime: Showtime, _: Sale) -> None:
    sale = a_sale(showtime.snapshot, a_user(), "A2")
    await _named(replica, sale, datetime.now(UTC) + SOON)


async def _named(replica: Harness, sale: Sale, until: datetime) -> Ledger | None:
    """The ledger names the hold of this sale in checkout until then."""
    decide = partial(checkout_change, hold=a_checked_out_hold(sale, until), refreshed=False)
    return await replica.seating.ports.ledgers.amend(sale.showtime_id, sale.booking_id, decide)


async def _the_show_is_cancelled(replica: Harness, showtime: Showtime, _: Sale) -> None:
    await replica.showtime(showtime.snapshot.model_copy(update={"status": "cancelled", "revision": 2}))


async def _the_show_began(replica: Harness, showtime: Showtime, _: Sale) -> None:
    await replica.showtime(showtime.snapshot.model_copy(update={"start_at": LONG_AGO, "revision": 2}))


refusals = pytest.mark.parametrize(
    ("happens", "code"),
    [
        (_its_booking_is_cancelled, "hold_expired"),
        (_a_seat_is_sold, "seats_unavailable"),
        (_another_begins_to_pay, "seats_unavailable"),
        (_the_show_is_cancelled, "showtime_closed"),
        (_the_show_began, "showtime_closed"),
    ],
)


@refusals
async def test_a_checkout_that_presumed_an_untouched_ledger_is_decided_on_the_ledger_as_it_is(
    harness: Harness, replica: Harness, happens: Meanwhile, code: str
) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, user, "A1", "A2")
    mine = a_sale(showtime.snapshot, user, "A1", "A2", hold_id=hold_id)
    hold = await harness.seat_holds.check_out(mine.hold_id, user)
    await happens(replica, showtime, mine)
    with pytest.raises(Problem) as refused:
        await harness.use_cases.checkouts.enter(showtime, hold)
    assert refused.value.code == code
    assert "A1" not in (await harness.ledger(showtime))["checkouts"]


@refusals
async def test_a_checkout_is_decided_again_when_what_it_rests_on_has_changed(
    harness: Harness, replica: Harness, happens: Meanwhile, code: str
) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, user, "A1", "A2")
    mine = a_sale(showtime.snapshot, user, "A1", "A2", hold_id=hold_id)
    harness.swap(ledgers=Overtaken(harness.process.outbox("ledgers"), partial(happens, replica, showtime, mine)))
    refused = await check_out(harness, user, hold_id)
    assert (refused.status, refused.json["code"]) == (409, code)
    assert "A1" not in (await harness.ledger(showtime))["checkouts"]


async def test_a_refusal_overtaken_by_the_sale_of_its_own_booking_says_that_it_is_sold(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    harness.swap(ledgers=Overtaken(harness.process.outbox("ledgers"), partial(replica.use_cases.sales.sell, sale)))
    await harness.use_cases.sales.write(sale, a_claim(datetime.now(UTC), granted=False))
    assert await harness.verdict(sale) == ("sold", None)


async def _extensions(harness: Harness, showtime: Showtime) -> list[datetime]:
    said: list[Any] = (await harness.ledger(showtime))["outbox"]
    texts = [entry["data"] for entry in said if entry["type"] == HoldExtended.type]
    return [HoldExtended.model_validate_json(text).expires_at for text in texts]


async def test_a_refusal_overtaken_by_the_release_of_its_seats_is_decided_again(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    first, sale = (a_sale(showtime.snapshot, a_user(), "A1") for _ in range(2))
    await harness.use_cases.sales.sell(first)
    harness.swap(
        ledgers=Overtaken(
            harness.process.outbox("ledgers"), partial(replica.use_cases.sales.cancel, a_cancellation(first))
        )
    )
    await harness.use_cases.sales.write(sale, a_claim(datetime.now(UTC)))
    assert await harness.verdict(sale) == ("sold", None)


async def test_a_lapsed_payment_given_up_leaves_the_seat_to_one_that_began_meanwhile(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    lapsed, other = (a_sale(showtime.snapshot, a_user(), "A1") for _ in range(2))
    await _named(replica, lapsed, LONG_AGO)
    ledgers = Overtaken(harness.process.outbox("ledgers"), partial(_named, replica, other, datetime.now(UTC) + SOON))
    give_up = partial(decide_give_up, booking_id=lapsed.booking_id, hold_id=lapsed.hold_id)
    await ledgers.amend(showtime.id, lapsed.booking_id, give_up)
    assert (await harness.ledger(showtime))["checkouts"]["A1"]["hold_id"] == other.hold_id


async def test_of_two_refreshes_that_cross_the_later_end_stays(harness: Harness, replica: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    sale = await harness.checked_out(showtime, user, "A1")
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    harness.swap(ledgers=Overtaken(harness.process.outbox("ledgers"), partial(_named, replica, sale, later)))
    assert (await refresh(harness, user, sale.hold_id)).status == 200
    assert (await harness.ledger(showtime))["checkouts"]["A1"]["until"] == later


async def test_a_refresh_under_payment_is_said_with_its_new_end_and_no_other_is(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, user, "A1")
    await refresh(harness, user, hold_id)
    await check_out(harness, user, hold_id)
    await check_out(harness, user, hold_id)
    assert await _extensions(harness, showtime) == []
    ends = [(await refresh(harness, user, hold_id)).json["expiresAt"] for _ in range(2)]
    assert await _extensions(harness, showtime) == [datetime.fromisoformat(end) for end in ends]


async def test_a_refresh_that_overtakes_the_checkout_is_said_too(harness: Harness, replica: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, user, "A1")
    harness.swap(ledgers=Overtaken(harness.process.outbox("ledgers"), partial(refresh, replica, user, hold_id)))
    assert (await check_out(harness, user, hold_id)).status == 200
    assert await _extensions(harness, showtime) == [(await harness.ledger(showtime))["checkouts"]["A1"]["until"]]
