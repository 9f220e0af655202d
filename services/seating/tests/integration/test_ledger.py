"""One ledger, many writers: none waits for those of other seats, none acts on what is no longer so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from services.seating.tests.conftest import NO_BROKER
from services.seating.tests.house import (
    Answer,
    House,
    a_cancellation,
    a_claim,
    a_sale,
    a_user,
    seating_house,
)

from chassis.outbox import Outbox
from contracts.ids import ShowtimeId
from contracts.sale import Sale
from contracts.seating import HoldExtended
from seating.domain import CheckedOutHold, Ledger, Showtime
from seating.ledger import Change, entering_checkout, leaving_checkout
from seating.store import MongoLedgers

Happens = Callable[[], Awaitable[object]]
LONG_AGO, SOON = datetime(2020, 1, 1, tzinfo=UTC), timedelta(minutes=3)


@pytest.fixture
async def replica(house: House, mongo_uri: str, mongo_database_prefix: str, redis_db_url: str) -> AsyncIterator[House]:
    """A second process of the same service."""
    async with seating_house(mongo_uri, f"{mongo_database_prefix}seating", redis_db_url, NO_BROKER) as made:
        yield made


async def check_out(house: House, user: str, hold_id: str) -> Answer:
    return await house.call("POST", f"/internal/holds/{hold_id}/checkout", user=user, json={})


async def refresh(house: House, user: str, hold_id: str) -> Answer:
    return await house.call("PATCH", f"/api/seats/hold/{hold_id}/refresh", user=user)


async def test_sixty_guests_of_one_showtime_begin_to_pay_and_give_up_at_once(house: House, replica: House) -> None:
    showtime = await house.showtime(rows=6, cols=10)
    users = {a_user(): seat.seat_id for seat in showtime.seats}
    holds = {user: await house.held(showtime, user, seat) for user, seat in users.items()}
    through = [(replica if at % 2 else house, user, hold_id) for at, (user, hold_id) in enumerate(holds.items())]
    answers = await asyncio.gather(*(check_out(*one) for one in through))
    assert {answer.status for answer in answers} == {200}
    kept = (await house.ledger(showtime))["checkouts"]
    assert {seat: one["hold_id"] for seat, one in kept.items()} == {seat: holds[user] for user, seat in users.items()}
    let_go = [at.call("DELETE", f"/api/seats/hold/{hold_id}", user=user) for at, user, hold_id in through]
    assert {answer.status for answer in await asyncio.gather(*let_go)} == {204}
    assert (await house.ledger(showtime))["checkouts"] == {}
    assert await house.map(showtime) == "a" * 60


class Overtaken(MongoLedgers):
    """Something else happens after the first read of a ledger, before what was read is acted on."""

    def __init__(self, outbox: Outbox, happens: Happens) -> None:
        super().__init__(outbox)
        self._happens = happens
        self.reads = 0

    async def read(self, showtime_id: ShowtimeId) -> Ledger | None:
        found = await super().read(showtime_id)
        self.reads += 1
        if self.reads == 1:
            await self._happens()
        return found


async def test_a_sale_of_another_seat_does_not_make_a_checkout_decide_again(house: House, replica: House) -> None:
    showtime, user = await house.showtime(), a_user()
    hold_id = await house.held(showtime, user, "A1")
    other = a_sale(showtime.snapshot, a_user(), "B1")
    house.maps.ledgers = overtaken = Overtaken(house.outbox, partial(replica.sales.sell, other))
    assert (await check_out(house, user, hold_id)).status == 200
    assert overtaken.reads == 1
    assert (await house.ledger(showtime))["sold"] == {"B1": other.booking_id}


Meanwhile = Callable[[House, Showtime, Sale], Awaitable[object]]


async def _its_booking_is_cancelled(replica: House, _: Showtime, mine: Sale) -> None:
    await replica.sales.cancel(a_cancellation(mine, was_confirmed=False))


async def _a_seat_is_sold(replica: House, showtime: Showtime, _: Sale) -> None:
    await replica.sales.write(a_sale(showtime.snapshot, a_user(), "A2"), a_claim(datetime.now(UTC)))


async def _another_begins_to_pay(replica: House, showtime: Showtime, _: Sale) -> None:
    sale = a_sale(showtime.snapshot, a_user(), "A2")
    await _named(replica, sale, datetime.now(UTC) + SOON)


async def _named(replica: House, sale: Sale, until: datetime) -> Ledger | None:
    hold = CheckedOutHold(sale.hold_id, sale.showtime_id, sale.user_id, sale.seat_ids, sale.quote, until, refreshes=0)

    def decide(ledger: Ledger) -> Change | None:
        return entering_checkout(ledger, hold, refreshed=False)

    return await replica.maps.ledgers.amend(sale.showtime_id, sale.booking_id, decide)


async def _the_show_is_cancelled(replica: House, showtime: Showtime, _: Sale) -> None:
    await replica.showtime(showtime.snapshot.model_copy(update={"status": "cancelled", "revision": 2}))


async def _the_show_began(replica: House, showtime: Showtime, _: Sale) -> None:
    await replica.showtime(showtime.snapshot.model_copy(update={"start_at": LONG_AGO, "revision": 2}))


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (_its_booking_is_cancelled, "hold_expired"),
        (_a_seat_is_sold, "seats_unavailable"),
        (_another_begins_to_pay, "seats_unavailable"),
        (_the_show_is_cancelled, "showtime_closed"),
        (_the_show_began, "showtime_closed"),
    ],
)
async def test_a_checkout_is_decided_again_when_what_it_rests_on_has_changed(
    house: House, replica: House, happens: Meanwhile, code: str
) -> None:
    showtime, user = await house.showtime(), a_user()
    hold_id = await house.held(showtime, user, "A1", "A2")
    mine = a_sale(showtime.snapshot, user, "A1", "A2", hold_id=hold_id)
    house.maps.ledgers = Overtaken(house.outbox, partial(happens, replica, showtime, mine))
    refused = await check_out(house, user, hold_id)
    assert (refused.status, refused.json["code"]) == (409, code)
    assert "A1" not in (await house.ledger(showtime))["checkouts"]


async def test_a_refusal_overtaken_by_the_sale_of_its_own_booking_says_that_it_is_sold(
    house: House, replica: House
) -> None:
    showtime = await house.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    house.maps.ledgers = Overtaken(house.outbox, partial(replica.sales.sell, sale))
    await house.sales.write(sale, a_claim(datetime.now(UTC), granted=False))
    assert await house.verdict(sale) == ("sold", None)


async def _extensions(house: House, showtime: Showtime) -> list[datetime]:
    said: list[Any] = (await house.ledger(showtime))["outbox"]
    texts = [entry["data"] for entry in said if entry["type"] == HoldExtended.type]
    return [HoldExtended.model_validate_json(text).expires_at for text in texts]


async def test_a_refusal_overtaken_by_the_release_of_its_seats_is_decided_again(house: House, replica: House) -> None:
    showtime = await house.showtime()
    first, sale = (a_sale(showtime.snapshot, a_user(), "A1") for _ in range(2))
    await house.sales.sell(first)
    house.maps.ledgers = Overtaken(house.outbox, partial(replica.sales.cancel, a_cancellation(first)))
    await house.sales.write(sale, a_claim(datetime.now(UTC)))
    assert await house.verdict(sale) == ("sold", None)


async def test_a_lapsed_payment_given_up_leaves_the_seat_to_one_that_began_meanwhile(
    house: House, replica: House
) -> None:
    showtime = await house.showtime()
    lapsed, other = (a_sale(showtime.snapshot, a_user(), "A1") for _ in range(2))
    await _named(replica, lapsed, LONG_AGO)
    ledgers = Overtaken(house.outbox, partial(_named, replica, other, datetime.now(UTC) + SOON))
    give_up = partial(leaving_checkout, booking_id=lapsed.booking_id, hold_id=lapsed.hold_id)
    await ledgers.amend(showtime.id, lapsed.booking_id, give_up)
    assert (await house.ledger(showtime))["checkouts"]["A1"]["hold_id"] == other.hold_id


async def test_of_two_refreshes_that_cross_the_later_end_stays(house: House, replica: House) -> None:
    showtime, user = await house.showtime(), a_user()
    sale = await house.checked_out(showtime, user, "A1")
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    house.maps.ledgers = Overtaken(house.outbox, partial(_named, replica, sale, later))
    assert (await refresh(house, user, sale.hold_id)).status == 200
    assert (await house.ledger(showtime))["checkouts"]["A1"]["until"] == later


async def test_a_refresh_under_payment_is_said_with_its_new_end_and_no_other_is(house: House) -> None:
    showtime, user = await house.showtime(), a_user()
    hold_id = await house.held(showtime, user, "A1")
    await refresh(house, user, hold_id)
    await check_out(house, user, hold_id)
    await check_out(house, user, hold_id)
    assert await _extensions(house, showtime) == []
    ends = [(await refresh(house, user, hold_id)).json["expiresAt"] for _ in range(2)]
    assert await _extensions(house, showtime) == [datetime.fromisoformat(end) for end in ends]


async def test_a_refresh_that_overtakes_the_checkout_is_said_too(house: House, replica: House) -> None:
    showtime, user = await house.showtime(), a_user()
    hold_id = await house.held(showtime, user, "A1")
    house.maps.ledgers = Overtaken(house.outbox, partial(refresh, replica, user, hold_id))
    assert (await check_out(house, user, hold_id)).status == 200
    assert await _extensions(house, showtime) == [(await house.ledger(showtime))["checkouts"]["A1"]["until"]]
