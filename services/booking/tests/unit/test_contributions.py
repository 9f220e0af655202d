"""What a booking contributes to the reports, and that its sums are those of the facts in whatever order they come."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.booking.tests import facts as f
from services.booking.tests.factories import capture_of
from tests.factories import a_sale, a_snapshot

from booking.documents import update_of
from booking.domain.booking import Booking
from booking.domain.business_days import business_day
from booking.domain.contributions import Attendance, Contribution, Figures, SalesKey, contribution_of
from booking.domain.corrections import Applied, corrections
from booking.domain.facts import Ended, Facts, Grant, HandRefund
from booking.domain.record import Record, Step
from booking.domain.shows import show_of
from booking.reports.documents import applied_document, applied_in
from contracts.sale import Sale

SOLD = (f.paid, f.sold, f.show)
TOTAL, QUOTE = f.TOTAL, f.SALE.quote
DAY, NEXT = date(2030, 1, 1), date(2030, 1, 2)  # of `NOW`, half past five in the morning in Chennai, and the next
SOLD_FIGURES = Figures(gross=TOTAL, fees=QUOTE.fees, taxes=QUOTE.taxes, tickets=2, bookings=1)


def contribution(*news: Facts, now: datetime = f.NOW) -> Contribution:
    after = contribution_of(f.recorded(news, now=now).booking)
    assert after is not None
    return after


@pytest.mark.parametrize(
    ("at", "zone", "day"),
    [
        (datetime(2026, 3, 1, 0, 29, tzinfo=UTC), "Asia/Kolkata", date(2026, 2, 28)),
        (datetime(2026, 3, 1, 0, 30, tzinfo=UTC), "Asia/Kolkata", date(2026, 3, 1)),
        (datetime(2026, 3, 29, 3, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 28)),  # clocks went ahead at 1:00 UTC
        (datetime(2026, 3, 29, 4, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 29)),
        (datetime(2026, 10, 25, 4, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 24)),  # and back
        (datetime(2026, 10, 25, 5, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
    ],
)
def test_a_business_day_begins_at_six_by_the_theaters_clock(at: datetime, zone: str, day: date) -> None:
    assert business_day(at, zone) == day


def test_a_sale_counts_on_the_day_of_its_confirmation() -> None:
    sold = contribution(f.ordered, *SOLD)
    assert sold.days == {business_day(f.NOW, "Asia/Kolkata"): SOLD_FIGURES}
    assert sold.attendance == Attendance(sold=2, unscanned=2)
    (key,) = sold.sales
    assert (key.tender, key.currency) == ("razorpay", "INR")


@pytest.mark.parametrize(
    "news", [(f.ordered,), (f.ordered, f.paid, f.show), (f.ordered, f.paid, f.seats_lost, f.show), (f.paid, f.sold)]
)
def test_what_has_no_seats_or_no_theater_yet_is_in_no_report(news: tuple[Facts, ...]) -> None:
    assert contribution_of(f.recorded(news).booking) is None


def test_what_was_given_away_counts_its_tickets_and_no_money() -> None:
    given_away = contribution(f.money_at_counter("complimentary"), f.sold, f.show)
    assert list(given_away.days.values()) == [Figures(tickets=2, bookings=1)]
    assert given_away.line.tender == "complimentary"


def test_refunds_count_on_the_days_on_which_they_were_granted() -> None:
    evening, later = datetime(2030, 1, 1, 15, tzinfo=UTC), datetime(2030, 1, 2, 15, tzinfo=UTC)
    by_hand = Facts(by_hand=(HandRefund(key="hand_1", amount=700, at=later),))
    grant = Facts(grants=(Grant(number=1, amount=300, by="by_theater", at=evening),))
    end = Facts(ended=Ended(by="by_theater", at=later, granted=300))
    days = contribution(f.ordered, *SOLD, grant, by_hand, end, now=evening).days
    assert days == {DAY: SOLD_FIGURES + Figures(refunds=300), NEXT: Figures(refunds=TOTAL - 300)}


def test_a_refund_by_hand_that_failed_is_none() -> None:
    days = contribution(f.ordered, *SOLD, f.all_by_hand, f.all_by_hand_failed).days
    assert sum((figures.refunds for figures in days.values()), 0) == 0


def test_seats_that_were_cancelled_or_scanned_are_absent_no_more() -> None:
    one_seat = Facts(grants=(Grant(number=1, amount=0, by="by_guest", at=f.NOW, seat_ids=("C7",)),))
    assert contribution(f.ordered, *SOLD, one_seat).attendance == Attendance(sold=1, unscanned=1)
    assert contribution(f.ordered, *SOLD, f.checked_in).attendance == Attendance(sold=2, unscanned=0)
    assert contribution(f.ordered, *SOLD, f.guest_cancelled).attendance == Attendance()


def test_a_contribution_is_stored_whole() -> None:
    applied = Applied("bkg_1", 7, replace(contribution(f.ordered, *SOLD, f.guest_cancelled)))
    assert applied.contribution is not None
    named = replace(applied.contribution, line=replace(applied.contribution.line, id="bkg_1"))
    stored = replace(applied, contribution=named)
    assert applied_in({"_id": "bkg_1", **applied_document(stored)}) == stored
    nothing = Applied("bkg_1", 1, None)
    assert applied_in({"_id": "bkg_1", **applied_document(nothing)}) == nothing


# In whatever order, however often, whatever crashes


@dataclass
class Reports:
    """The sums in memory; `apply` is one transaction."""

    applied: dict[str, Applied] = field(default_factory=dict)
    sales: dict[SalesKey, Figures] = field(default_factory=dict)
    attendance: dict[str, Attendance] = field(default_factory=dict)

    def apply(self, newest: Iterable[Applied]) -> None:
        changed = corrections(self.applied, newest)
        self.applied |= changed.applied
        for key, figures in changed.sales.items():
            self.sales[key] = self.sales.get(key, Figures()) + figures
        for showtime_id, seats in changed.attendance.items():
            self.attendance[showtime_id] = self.attendance.get(showtime_id, Attendance()) + seats

    def sums(self) -> tuple[dict[SalesKey, Figures], dict[str, Attendance]]:
        """Without those that are nothing."""
        return {k: v for k, v in self.sales.items() if v}, {k: v for k, v in self.attendance.items() if v}


SNAPSHOTS = [a_snapshot(), a_snapshot()]
SALES = [a_sale(showtime_id=snapshot.showtime_id) for snapshot in SNAPSHOTS]


def sale_of(sale: Sale) -> list[Facts]:
    """What makes it sold."""
    snapshot = next(each for each in SNAPSHOTS if each.showtime_id == sale.showtime_id)
    return [f.money_of(sale), Facts(sold=True), Facts(show=show_of(snapshot))]


def news_of(sale: Sale) -> list[Facts]:
    """What may follow, or come first."""
    snapshot = next(each for each in SNAPSHOTS if each.showtime_id == sale.showtime_id)
    movie = snapshot.movie.model_copy(update={"movie_id": "mov_other"})
    moved = snapshot.model_copy(update={"revision": 2, "movie": movie})
    return [
        Facts(show=show_of(moved)),
        Facts(grants=(Grant(number=1, amount=500, by="by_guest", at=f.NOW, seat_ids=("C7",)),)),
        f.back_by_hand(1, 900),
        f.back_by_hand(1, 900, failed=True),
        Facts(ended=Ended(by="by_guest", at=f.NOW, refund=1_000)),
        f.checked_in,
    ]


SOLD_NEWS = [(sale, news) for sale in SALES for news in sale_of(sale)]
NEWS = [(sale, news) for sale in SALES for news in news_of(sale)]
FOLLOWED = st.tuples(
    st.sampled_from(["apply", "crash before", "crash after", "slow"]), st.sets(st.integers(0, 1), min_size=1)
)
STEPS = st.lists(st.one_of(st.sampled_from(NEWS), FOLLOWED, FOLLOWED), min_size=5, max_size=40)


@dataclass
class World:
    """Bookings, of which some are unreported; a slow worker holds what it has read a while ago."""

    records: dict[str, Record] = field(default_factory=dict)
    unreported: dict[str, int] = field(default_factory=dict)
    reports: Reports = field(default_factory=Reports)
    slow: list[Applied] = field(default_factory=list)

    def record(self, sale: Sale, news: Facts) -> None:
        before = self.records.get(sale.booking_id, Record(sale.booking_id))
        after = before.with_news(news, step=Step(f.NOW, f.sign, f.refer, {capture_of(sale)}))
        if after is not None:
            version = update_of(before, after, f.NOW)["$set"].get("unreported")
            self.unreported |= {sale.booking_id: version} if version else {}
            self.records[sale.booking_id] = after

    def newest(self, booking_ids: Iterable[str]) -> list[Applied]:
        records = [self.records[each] for each in booking_ids if each in self.records]
        bookings: list[Booking] = [record.booking for record in records if record.booking]
        return [Applied(booking.id, booking.version, contribution_of(booking)) for booking in bookings]

    def follow(self, how: str, chosen: set[int]) -> None:
        batch = self.newest({SALES[number].booking_id for number in chosen} & self.unreported.keys())
        if how == "slow":
            self.reports.apply(self.slow)
            self.slow = batch
        elif how != "crash before":
            self.reports.apply(batch)
        if how == "apply":
            for each in batch:
                if self.unreported[each.booking_id] <= each.version:
                    del self.unreported[each.booking_id]


@given(st.permutations(SOLD_NEWS), STEPS)
def test_sums_are_those_made_anew_in_any_order_any_batches_and_after_any_crash(
    first: list[tuple[Sale, Facts]], steps: list[Any]
) -> None:
    world = World()
    for of_sale in first:
        world.record(*of_sale)
    for step in steps:
        if isinstance(step[0], Sale):
            world.record(*step)
        else:
            world.follow(*step)
    world.follow("apply", set(range(len(SALES))))
    world.follow("slow", set())
    anew = Reports()
    anew.apply(world.newest(world.records))
    assert world.reports.sums() == anew.sums()
    assert world.unreported == {}
