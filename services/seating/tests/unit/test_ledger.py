"""What the ledger decides: each decision by itself, then all of them in whatever order they come."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.seating.tests.factories import (
    a_cancellation,
    a_checked_out_hold,
    a_ledger,
    a_sale,
    a_user,
    some_cancelled,
)
from services.seating.tests.fakes import applied
from tests.factories import a_snapshot

from contracts.sale import Sale
from seating.domain import Ledger, SeatCheckout, Verdict
from seating.errors import HoldExpired, SeatsUnavailable, ShowtimeClosed
from seating.ledger import (
    KeyedEvent,
    LedgerChange,
    StillInCheckout,
    checkout_change,
    decide_cancellation,
    decide_checkout,
    decide_give_up,
    decide_sale,
    decide_seats_cancellation,
    sale_change,
)

NOW = datetime.now(UTC)
SOON = NOW + timedelta(minutes=3)
SNAPSHOT = a_snapshot()
EMPTY = a_ledger(SNAPSHOT)


def after(ledger: Ledger, change: LedgerChange | None) -> Ledger:
    """The ledger after the write of what was decided."""
    return applied(ledger, change) if change else ledger


def a_sale_of(*seats: str) -> Sale:
    return a_sale(SNAPSHOT, a_user(), *seats)


def in_checkout(sale: Sale, until: datetime = SOON) -> dict[str, SeatCheckout]:
    return dict.fromkeys(sale.seat_ids, SeatCheckout(sale.hold_id, until))


def verdict_of(change: LedgerChange | None) -> tuple[str, str | None]:
    assert change is not None
    assert change.verdict is not None
    return change.verdict[1].outcome, change.verdict[1].reason


def keys_of(change: LedgerChange | None) -> list[str]:
    """What the events of a change are, without the booking's id."""
    return [key.split(":")[1] for key, _ in change.events] if change else []


# --- money ------------------------------------------------------------------------------------------------------------


def test_money_is_decided_once_and_the_verdict_is_said_again() -> None:
    sale = a_sale_of("A1")
    first = decide_sale(EMPTY, sale, NOW, claimed=True)
    assert verdict_of(first) == ("sold", None)
    again = decide_sale(after(EMPTY, first), sale, NOW, claimed=False)
    assert not again.raises_rev
    assert again.events == first.events


@pytest.mark.parametrize(
    ("ledger", "reason"),
    [
        (replace(EMPTY, closed="cancelled"), "showtime_cancelled"),
        (replace(EMPTY, starts_at=NOW), "too_late"),
        (replace(EMPTY, sold={"A2": a_sale_of("A2").booking_id}), "seats_lost"),
        (replace(EMPTY, checkouts=in_checkout(a_sale_of("A2"))), "seats_lost"),
    ],
    ids=["cancelled", "begun", "sold", "in another's checkout"],
)
def test_each_reason_to_refuse_has_its_name_whether_or_not_the_seats_are_claimed(ledger: Ledger, reason: str) -> None:
    sale = a_sale_of("A1", "A2")
    for claimed in (True, False):
        change = decide_sale(ledger, sale, NOW, claimed=claimed)
        assert verdict_of(change) == ("refused", reason)
        assert keys_of(change) == ["seats_refused"]


def test_without_a_claim_money_is_refused_unless_the_ledger_keeps_all_its_seats_for_it() -> None:
    sale = a_sale_of("A1", "A2")
    assert verdict_of(decide_sale(EMPTY, sale, NOW, claimed=False)) == ("refused", "seats_lost")
    half = replace(EMPTY, checkouts={"A1": SeatCheckout(sale.hold_id, SOON)})
    assert verdict_of(decide_sale(half, sale, NOW, claimed=False)) == ("refused", "seats_lost")
    over = replace(EMPTY, checkouts=in_checkout(sale, NOW))
    assert verdict_of(decide_sale(over, sale, NOW, claimed=False)) == ("refused", "seats_lost")
    with pytest.raises(StillInCheckout):
        decide_sale(replace(EMPTY, checkouts=in_checkout(sale)), sale, NOW, claimed=False)


def test_a_checkout_whose_time_is_over_stands_in_nobodys_way() -> None:
    sale, other = a_sale_of("A1"), a_sale_of("A1")
    change = decide_sale(replace(EMPTY, checkouts=in_checkout(other, NOW)), sale, NOW, claimed=True)
    assert change.sold == {"A1": sale.booking_id}


def test_a_verdict_ends_the_checkout_of_its_hold_on_all_seats() -> None:
    sale, other = a_sale_of("A1", "A2"), a_sale_of("B1")
    ledger = replace(EMPTY, checkouts=in_checkout(sale) | in_checkout(other))
    assert after(ledger, decide_sale(ledger, sale, NOW, claimed=True)).checkouts == in_checkout(other)
    closed = replace(ledger, closed="cancelled")
    assert after(closed, decide_sale(closed, sale, NOW, claimed=True)).checkouts == in_checkout(other)


# --- cancellations ----------------------------------------------------------------------------------------------------


def test_a_cancelled_booking_is_released_and_its_seats_are_free() -> None:
    sale, other = a_sale_of("A1"), a_sale_of("A2")
    ledger = after(after(EMPTY, sale_change(sale, NOW)), sale_change(other, NOW))
    change = decide_cancellation(ledger, a_cancellation(sale), sale.hold_id, NOW)
    assert verdict_of(change) == ("released", "booking_cancelled")
    assert keys_of(change) == ["seats_released"]
    written = after(ledger, change)
    assert written.sold == {"A2": other.booking_id}
    assert decide_cancellation(written, a_cancellation(sale), sale.hold_id, NOW) is None
    assert keys_of(decide_sale(written, sale, NOW, claimed=True)) == [
        "seats_sold"
    ]  # it was, and booking knows the rest


def test_a_booking_cancelled_before_its_money_came_gets_no_seat() -> None:
    sale = a_sale_of("A1")
    change = decide_cancellation(EMPTY, a_cancellation(sale), sale.hold_id, NOW)
    assert verdict_of(change) == ("released", "booking_cancelled")
    assert keys_of(change) == []
    assert keys_of(decide_sale(after(EMPTY, change), sale, NOW, claimed=True)) == ["seats_refused"]


def test_a_refusal_stays_one_when_the_booking_is_cancelled() -> None:
    sale = a_sale_of("A1")
    refused = Verdict("refused", ("A1",), NOW, "seats_lost")
    ledger = replace(EMPTY, verdicts={sale.booking_id: refused})
    assert decide_cancellation(ledger, a_cancellation(sale), sale.hold_id, NOW) is None


def test_some_seats_of_a_booking_go_free_and_the_verdict_stays() -> None:
    sale, later = a_sale_of("A1", "A2"), a_sale_of("A1")
    sold = after(EMPTY, sale_change(sale, NOW))
    change = decide_seats_cancellation(sold, some_cancelled(sale, "A1"))
    ledger = after(sold, change)
    assert (ledger.sold, keys_of(change)) == ({"A2": sale.booking_id}, ["seats_released"])
    assert change is not None
    assert [(key, event.seat_ids) for key, event in change.events] == [  # type: ignore[attr-defined]
        (f"{sale.booking_id}:seats_released:1", ("A1",))
    ]
    assert ledger.verdicts == sold.verdicts
    assert keys_of(decide_sale(ledger, sale, NOW, claimed=True)) == ["seats_sold"]
    resold = after(ledger, decide_sale(ledger, later, NOW, claimed=True))
    assert resold.sold == {"A1": later.booking_id, "A2": sale.booking_id}
    assert decide_seats_cancellation(resold, some_cancelled(sale, "A1")) is None
    ended = decide_cancellation(resold, a_cancellation(sale), sale.hold_id, NOW)
    assert ended is not None
    assert [event.seat_ids for _, event in ended.events] == [("A2",)]  # type: ignore[attr-defined]
    assert after(resold, ended).sold == {"A1": later.booking_id}


def test_seats_of_a_booking_that_has_ended_or_never_had_them_stay_as_they_are() -> None:
    sale = a_sale_of("A1", "A2")
    sold = after(EMPTY, sale_change(sale, NOW))
    released = after(sold, decide_cancellation(sold, a_cancellation(sale), sale.hold_id, NOW))
    for ledger in (EMPTY, released):
        assert decide_seats_cancellation(ledger, some_cancelled(sale, "A1")) is None


# --- checkouts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ledger", "refusal"),
    [
        (replace(EMPTY, closed="cancelled"), ShowtimeClosed),
        (replace(EMPTY, starts_at=NOW), ShowtimeClosed),
        (replace(EMPTY, sold={"A2": a_sale_of("A2").booking_id}), SeatsUnavailable),
        (replace(EMPTY, checkouts=in_checkout(a_sale_of("A2"))), SeatsUnavailable),
    ],
    ids=["cancelled", "begun", "sold", "in another's checkout"],
)
def test_nobody_is_asked_to_pay_for_what_cannot_be_sold(ledger: Ledger, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        decide_checkout(ledger, a_checked_out_hold(a_sale_of("A1", "A2"), SOON), NOW, refreshed=False)


def test_a_checkout_that_cannot_be_names_the_seats_that_are_taken() -> None:
    sale, sold, other = a_sale_of("A1", "A2", "A3"), a_sale_of("A2"), a_sale_of("A3")
    ledger = replace(EMPTY, sold={"A2": sold.booking_id}, checkouts=in_checkout(other))
    with pytest.raises(SeatsUnavailable) as refusal:
        decide_checkout(ledger, a_checked_out_hold(sale, SOON), NOW, refreshed=False)
    assert refusal.value.members["seatIds"] == ["A2", "A3"]


def test_a_hold_whose_time_is_over_does_not_go_into_checkout() -> None:
    with pytest.raises(HoldExpired):
        decide_checkout(EMPTY, a_checked_out_hold(a_sale_of("A1"), NOW), NOW, refreshed=False)


def test_a_checkout_after_the_verdict_changes_nothing_where_it_is_sold_and_is_refused_else() -> None:
    sale = a_sale_of("A1")
    hold = a_checked_out_hold(sale, SOON)
    sold = after(EMPTY, sale_change(sale, NOW))
    assert decide_checkout(sold, hold, NOW, refreshed=True) is None
    released = after(sold, decide_cancellation(sold, a_cancellation(sale), sale.hold_id, NOW))
    with pytest.raises(HoldExpired):
        decide_checkout(released, hold, NOW, refreshed=False)


def test_a_checkout_that_has_longer_is_said_and_one_that_begins_is_not() -> None:
    sale = a_sale_of("A1")
    hold = a_checked_out_hold(sale, SOON)
    same, earlier = in_checkout(sale, SOON), in_checkout(sale, SOON - timedelta(seconds=1))

    def said(checkouts: dict[str, SeatCheckout], *, refreshed: bool) -> list[str] | None:
        change = checkout_change(replace(EMPTY, checkouts=checkouts), hold, refreshed=refreshed)
        return keys_of(change) if change else None

    assert (said({}, refreshed=False), said({}, refreshed=True)) == ([], ["hold_extended"])
    assert (said(earlier, refreshed=False), said(earlier, refreshed=True)) == (["hold_extended"], ["hold_extended"])
    assert (said(same, refreshed=False), said(same, refreshed=True)) == (None, ["hold_extended"])


def test_a_checkout_takes_the_place_of_a_lapsed_one_on_all_of_its_seats() -> None:
    lapsed, sale, third = a_sale_of("A1", "A2"), a_sale_of("A2", "A3"), a_sale_of("B1")
    ledger = replace(EMPTY, checkouts=in_checkout(lapsed, NOW) | in_checkout(third))
    change = decide_checkout(ledger, a_checked_out_hold(sale, SOON), NOW, refreshed=False)
    assert after(ledger, change).checkouts == in_checkout(sale) | in_checkout(third)


def test_a_checkout_is_given_up_once_and_not_after_a_verdict() -> None:
    sale, other = a_sale_of("A1"), a_sale_of("A2")
    ledger = replace(EMPTY, checkouts=in_checkout(sale) | in_checkout(other))
    written = after(ledger, decide_give_up(ledger, sale.booking_id, sale.hold_id))
    assert written.checkouts == in_checkout(other)
    assert decide_give_up(written, sale.booking_id, sale.hold_id) is None
    decided: dict[str, Verdict] = {sale.booking_id: Verdict("sold", ("A1",), NOW)}
    assert decide_give_up(replace(ledger, verdicts=decided), sale.booking_id, sale.hold_id) is None


def test_a_change_concerns_the_seats_that_it_was_decided_on() -> None:
    lapsed, sale = a_sale_of("A1", "A2"), a_sale_of("A2", "A3")
    ledger = replace(EMPTY, checkouts=in_checkout(lapsed, NOW))
    change = decide_checkout(ledger, a_checked_out_hold(sale, SOON), NOW, refreshed=False)
    assert change is not None
    assert change.seat_ids == {"A1", "A2", "A3"}
    refused = decide_sale(replace(EMPTY, sold={"A3": a_sale_of("A3").booking_id}), sale, NOW, claimed=True)
    assert refused.seat_ids == {"A2", "A3"}


# --- in whatever order ------------------------------------------------------------------------------------------------


@dataclass
class Books:
    """A ledger with what was said of it, and the rules that hold after each step."""

    ledger: Ledger = EMPTY
    said: dict[str, KeyedEvent] = field(default_factory=dict)

    def take(self, change: LedgerChange | None) -> None:
        before, self.ledger = self.ledger, after(self.ledger, change)
        self.said |= {key: (key, event) for key, event in (change.events if change else ())}
        for booking_id, verdict in before.verdicts.items():
            now = self.ledger.verdicts[booking_id]
            assert now == verdict or (verdict.outcome, now.outcome) == ("sold", "released")
        for booking_id, verdict in self.ledger.verdicts.items():
            owned = {seat for seat, owner in self.ledger.sold.items() if owner == booking_id}
            assert owned == (set(verdict.seat_ids) if verdict.outcome == "sold" else set())


Step = Callable[[Books], None]
SALES = [a_sale_of("A1", "A2"), a_sale_of("A2", "A3"), a_sale_of("A3")]


def _pays(sale: Sale, *, claimed: bool) -> Step:
    def step(books: Books) -> None:
        try:
            books.take(decide_sale(books.ledger, sale, NOW, claimed=claimed))
        except StillInCheckout:
            assert not claimed

    return step


def _cancels(sale: Sale) -> Step:
    return lambda books: books.take(decide_cancellation(books.ledger, a_cancellation(sale), sale.hold_id, NOW))


def _cancels_some(sale: Sale) -> Step:
    return lambda books: books.take(decide_seats_cancellation(books.ledger, some_cancelled(sale, *sale.seat_ids[1:])))


def _checks_out(sale: Sale) -> Step:
    def step(books: Books) -> None:
        try:
            books.take(decide_checkout(books.ledger, a_checked_out_hold(sale, SOON), NOW, refreshed=False))
        except (HoldExpired, SeatsUnavailable):
            return

    return step


def _gives_up(sale: Sale) -> Step:
    return lambda books: books.take(decide_give_up(books.ledger, sale.booking_id, sale.hold_id))


def _steps() -> Iterable[Step]:
    for sale in SALES:
        yield _pays(sale, claimed=True)
        yield _pays(sale, claimed=False)
        yield _cancels(sale)
        yield _cancels_some(sale)
        yield _checks_out(sale)
        yield _gives_up(sale)


@given(st.lists(st.sampled_from(list(_steps())), max_size=12))
def test_in_whatever_order_all_comes_no_seat_has_two_owners_and_no_verdict_contradicts_another(
    steps: list[Step],
) -> None:
    books = Books()
    for step in steps:
        step(books)


@given(st.permutations([step for sale in SALES for step in (_pays(sale, claimed=True), _cancels(sale))] * 2))
def test_when_all_were_paid_for_and_cancelled_nobody_owns_a_seat_and_each_was_told_once(steps: list[Step]) -> None:
    books = Books()
    for step in steps:
        step(books)
    assert books.ledger.sold == {}
    assert {verdict.outcome for verdict in books.ledger.verdicts.values()} <= {"released", "refused"}
    events = [{key.split(":")[1] for key in books.said if key.startswith(sale.booking_id)} for sale in SALES]
    assert all(({"seats_sold"} <= said) != ({"seats_refused"} <= said) for said in events)
    assert all(({"seats_sold"} <= said) == ({"seats_released"} <= said) for said in events)
