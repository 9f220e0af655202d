"""What the use cases expect of stored bookings: the fake and Mongo under one suite.

It cannot show what only a crash would: that a booking and its events are one write.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from services.booking.tests import facts
from services.booking.tests.conftest import EXCHANGES
from services.booking.tests.facts import SALE, back_by_hand, facts_after, money_of, refer, sign
from services.booking.tests.fakes import FakeBookings
from tests.factories import a_sale, at

from booking.domain.booking import Booking
from booking.domain.facts import Facts, PaperNumber
from booking.store import MongoBookings
from booking.usecases.ports import Bookings, Selection
from chassis.broker import publishing
from chassis.loops import Background
from chassis.mongo import connect
from chassis.outbox import Outbox
from contracts.ids import TheaterId
from contracts.sale import Sale
from stack.mongo_commands import counted_commands
from stack.testing import listening
from stack.waiting import until

STORY = [
    facts.sold,
    facts.extended,
    facts.ordered,
    facts.lapsed,
    facts.paid,
    facts.show,
    facts.move_2,
    facts.move_3,
    facts.newest_show,
    facts.some_by_hand,
    facts.more_by_hand,
    facts.some_by_hand_failed,
    facts.checked_in,
    facts.theater_cancelled,
    facts.refund_refused,
    facts.refunded,
    facts.refund_failed,
]
KEYS = [
    "expired",
    "confirmed",
    "ticket_issued",
    "rescheduled:2",
    "rescheduled:3",
    "checked_in",
    "cancelled",
    "audit_recorded",
    "refund_due",
]


@dataclass(frozen=True, slots=True)
class Subject:
    """Bookings under test; those that they called changed, and the ids of the events that they said."""

    bookings: Bookings
    changed: list[Booking]
    event_ids: Callable[[], list[str]]

    async def record(self, news: Facts, sale: Sale = SALE, order_id: str | None = None) -> Booking | None:
        return await self.bookings.decide(sale.booking_id, lambda _: news, order_ids={order_id} if order_id else ())


class BookingsContract:
    """The suite; a subclass has the fixture `subject`."""

    async def test_what_was_decided_is_found_with_all_its_facts(self, subject: Subject) -> None:
        for number, news in enumerate(STORY, 1):
            booking = await subject.record(news)
            assert await subject.bookings.find(SALE.booking_id) == booking
            if booking is not None:
                assert booking.version == number
                assert booking.facts == facts_after(STORY[:number])
        assert booking is not None
        assert (booking.state.status, booking.state.refund_status) == ("cancelled", "failed")
        assert booking.tickets

    async def test_a_booking_is_none_until_its_sale_is_known_and_then_has_what_came_before(
        self, subject: Subject
    ) -> None:
        assert await subject.bookings.find(SALE.booking_id) is None
        assert await subject.record(facts.sold, order_id="order_1") is None
        assert await subject.bookings.find(SALE.booking_id) is None
        assert await subject.bookings.of_order("order_1", [SALE.user_id]) is None
        booking = await subject.record(facts.paid)
        assert booking is not None
        assert (booking.state.status, booking.version) == ("confirmed", 2)
        assert await subject.bookings.of_order("order_1", [SALE.user_id]) == booking

    async def test_facts_of_many_bookings_are_recorded_of_each(self, subject: Subject) -> None:
        sales, news = [a_sale() for _ in range(3)], dict[str, Facts]()
        for sale, known in zip(sales, (money_of(sale) for sale in sales), strict=True):
            await subject.record(known, sale)
            news[sale.booking_id] = Facts(sold=True)
        news[sales[0].booking_id] = Facts(lapsed=True)
        await subject.bookings.record_each({})
        for _ in range(2):
            await subject.bookings.record_each(news)
            found = [await subject.bookings.find(sale.booking_id) for sale in sales]
            assert [(each.version, each.facts.lapsed, each.facts.sold) for each in found if each] == [
                (2, True, False),
                (2, False, True),
                (2, False, True),
            ]

    async def test_nothing_new_writes_nothing(self, subject: Subject) -> None:
        first = await subject.record(facts.paid, order_id="order_1")
        for news in (facts.paid, facts.ordered, Facts()):
            assert await subject.record(news, order_id="order_1") == first

    async def test_a_decision_sees_the_booking_as_it_is_now_and_what_it_raises_writes_nothing(
        self, subject: Subject
    ) -> None:
        seen: list[Booking | None] = []

        def refuse(booking: Booking | None) -> Facts:
            seen.append(booking)
            raise LookupError("not so")

        for news in (Facts(), facts.paid):
            booking = await subject.record(news)
            with pytest.raises(LookupError, match="not so"):
                await subject.bookings.decide(SALE.booking_id, refuse)
            assert seen.pop() == booking == await subject.bookings.find(SALE.booking_id)

    async def test_of_decisions_at_once_none_is_lost_and_each_saw_those_before_it(self, subject: Subject) -> None:
        await subject.record(facts.paid)

        def one_more(booking: Booking | None) -> Facts:
            assert booking is not None
            return back_by_hand(len(booking.facts.by_hand), 100)

        await asyncio.gather(*(subject.bookings.decide(SALE.booking_id, one_more) for _ in range(8)))
        booking = await subject.bookings.find(SALE.booking_id)
        assert booking is not None
        assert (booking.facts.returned_by_hand, booking.version) == (800, 9)

    async def test_each_event_is_said_once_with_an_id_of_its_own(self, subject: Subject) -> None:
        for news in [*STORY, *STORY]:
            await subject.record(news)
        expected = sorted(f"{SALE.booking_id}:{key}" for key in KEYS)
        await until(lambda: len(subject.event_ids()) >= len(expected))
        assert sorted(subject.event_ids()) == expected

    async def test_whoever_waits_gets_each_booking_that_was_decided(self, subject: Subject) -> None:
        other = a_sale()
        await subject.record(facts.sold)
        decided = [await subject.record(facts.ordered), await subject.record(money_of(other), other)]
        assert subject.changed == decided

    async def test_an_order_is_found_by_its_user_alone(self, subject: Subject) -> None:
        for order_id in ("order_1", "order_2"):
            booking = await subject.record(facts.ordered, order_id=order_id)
        assert booking is not None
        for order_id in ("order_1", "order_2"):
            assert await subject.bookings.of_order(order_id, ["usr_2", SALE.user_id]) == booking
            assert await subject.bookings.of_order(order_id, ["usr_2"]) is None
        assert await subject.bookings.of_order("order_3", [SALE.user_id]) is None

    async def test_bookings_are_found_by_their_references(self, subject: Subject) -> None:
        bookings = [await subject.record(facts.ordered), await subject.record(money_of(other := a_sale()), other)]
        references = [booking.reference for booking in bookings if booking]
        by_reference = await subject.bookings.of_references([*references, "00000000"])
        assert sorted(booking.id for booking in by_reference) == sorted(booking.id for booking in bookings if booking)
        assert await subject.bookings.of_references([]) == []

    async def test_a_users_bookings_come_newest_first_by_pages_and_by_status(self, subject: Subject) -> None:
        sales = [a_sale() for _ in range(3)]
        for sale in (*sales, a_sale("usr_2")):
            await subject.record(money_of(sale), sale)
        await subject.record(facts.sold, sales[0])
        newest_first = [sale.booking_id for sale in reversed(sales)]
        for skip, limit, status, expected in (
            (0, 10, None, newest_first),
            (1, 1, None, newest_first[1:2]),
            (3, 2, None, []),
            (0, 10, "pending", newest_first[:2]),
            (0, 10, "confirmed", newest_first[2:]),
        ):
            bookings, total = await subject.bookings.of_users(["usr_1", "usr_9"], status, skip=skip, limit=limit)
            assert [booking.id for booking in bookings] == expected
            assert total == (3 if status is None else len(expected))

    async def test_a_showtimes_bookings_come_in_the_order_of_their_ids_from_one_on(self, subject: Subject) -> None:
        sales = [a_sale(showtime_id=SALE.showtime_id) for _ in range(3)]
        for sale in (*sales, a_sale()):
            await subject.record(Facts(ordered=sale), sale)
        await subject.record(facts.sold)  # its sale is not known
        ids = sorted(sale.booking_id for sale in sales)
        for after, limit, expected in (("", 10, ids), ("", 2, ids[:2]), (ids[0], 10, ids[1:]), (ids[2], 10, [])):
            bookings = await subject.bookings.of_showtime(SALE.showtime_id, after, limit)
            assert [booking.id for booking in bookings] == expected
        assert await subject.bookings.users_of_showtime(SALE.showtime_id) == {sale.user_id for sale in sales}

    async def test_a_search_finds_what_fits_in_all_that_it_names_newest_first(self, subject: Subject) -> None:
        theater, elsewhere = TheaterId("thr_1"), TheaterId("thr_2")
        here = [a_sale(f"usr_{number}", theater_id=theater) for number in (1, 2, 3)]
        there = a_sale("usr_1", here[0].showtime_id, theater_id=elsewhere)
        for sale in (*here, there):
            await subject.record(Facts(ordered=sale), sale)
        await subject.record(money_of(here[2]).with_news(Facts(sold=True)), here[2])
        first = await subject.bookings.find(here[0].booking_id)
        assert first is not None
        both = frozenset({theater, elsewhere})
        chain = both | {TheaterId(f"thr_{number}") for number in range(100, 180)}
        namesakes = frozenset({"usr_1", "usr_2", *(f"usr_{number}" for number in range(100, 350))})
        for selection, found in {
            Selection(): [there, *reversed(here)],
            Selection(theater_ids=both): [there, *reversed(here)],
            Selection(theater_ids=chain): [there, *reversed(here)],
            Selection(theater_ids=chain, status="pending"): [there, here[1], here[0]],
            Selection(user_ids=namesakes): [there, here[1], here[0]],
            Selection(user_ids=namesakes, theater_ids=chain - {elsewhere}): [here[1], here[0]],
            Selection(user_ids=namesakes, showtime_id=here[1].showtime_id): [here[1]],
            Selection(theater_ids=frozenset({theater})): list(reversed(here)),
            Selection(theater_ids=frozenset({theater}), status="pending"): [here[1], here[0]],
            Selection(theater_ids=frozenset()): [],
            Selection(status="confirmed"): [here[2]],
            Selection(user_ids=frozenset({"usr_1", "usr_2", "usr_9"})): [there, here[1], here[0]],
            Selection(user_ids=frozenset({"usr_1"}), theater_ids=frozenset({elsewhere})): [there],
            Selection(showtime_id=here[0].showtime_id): [there, here[0]],
            Selection(showtime_id=here[0].showtime_id, status="confirmed"): [],
            Selection(reference=first.reference): [here[0]],
            Selection(reference=first.reference, theater_ids=frozenset({elsewhere})): [],
            Selection(reference="", status="pending"): [],
            Selection(booking_id=here[1].booking_id): [here[1]],
        }.items():
            bookings, total = await subject.bookings.search(selection, skip=0, limit=10)
            assert [booking.id for booking in bookings] == [sale.booking_id for sale in found], selection
            assert total == len(found), selection
        for theaters in (both, chain):
            (second,), total = await subject.bookings.search(Selection(theater_ids=theaters), skip=1, limit=1)
            assert (second.id, total) == (here[2].booking_id, 4)
            assert await subject.bookings.search(Selection(theater_ids=theaters), skip=4, limit=1) == ([], 4)


class TestFakeBookings(BookingsContract):
    @pytest.fixture
    def subject(self) -> Subject:
        changed: list[Booking] = []
        bookings = FakeBookings(changed.append)
        return Subject(bookings, changed, lambda: list(bookings.events))


class TestMongoBookings(BookingsContract):
    @pytest.fixture
    def changed(self) -> list[Booking]:
        return []

    @pytest.fixture
    async def bookings(
        self, changed: list[Booking], mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
    ) -> AsyncIterator[MongoBookings]:
        background = Background()
        async with (
            connect(mongo_uri, f"{mongo_database_prefix}booking") as database,
            publishing(rabbitmq_vhost_url, "booking") as publisher,
        ):
            await publisher.ready.wait()
            bookings = MongoBookings(Outbox(database["bookings"], publisher, background), sign, refer, changed.append)
            await bookings.ensure_indexes()
            yield bookings
            await background.finish()

    @pytest.fixture
    async def another(
        self, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
    ) -> AsyncIterator[MongoBookings]:
        """The same bookings in another process."""
        async with (
            connect(mongo_uri, f"{mongo_database_prefix}booking") as database,
            publishing(rabbitmq_vhost_url, "booking") as publisher,
        ):
            background = Background()
            yield MongoBookings(Outbox(database["bookings"], publisher, background), sign, refer, lambda _: None)
            await background.finish()

    @pytest.fixture
    async def subject(
        self, bookings: MongoBookings, changed: list[Booking], rabbitmq_vhost_url: str
    ) -> AsyncIterator[Subject]:
        async with listening(rabbitmq_vhost_url, "booking.#", EXCHANGES) as heard:
            yield Subject(bookings, changed, lambda: [event["event_id"] for event in heard])

    async def test_a_booking_is_due_when_its_hold_is_over_and_not_once_it_is_paid(
        self, bookings: MongoBookings, subject: Subject
    ) -> None:
        unpaid, paid_late, still_held = a_sale(hold_expires_at=at(-60)), a_sale(hold_expires_at=at(-60)), a_sale()
        for sale in (unpaid, paid_late, still_held):
            await subject.record(Facts(ordered=sale), sale)
        await subject.record(money_of(paid_late), paid_late)
        due: list[str] = []

        async def note(booking_id: str) -> None:
            due.append(booking_id)

        await bookings.run_due(note)
        assert due == [unpaid.booking_id]

    async def test_a_booking_whose_reference_another_has_gets_the_next_candidate(self, bookings: MongoBookings) -> None:
        bookings._refer = lambda _, candidate: f"7KQ2M9X{candidate}"
        sales = [a_sale() for _ in range(3)]
        await bookings.decide(sales[2].booking_id, lambda _: facts.sold)
        for sale in sales:
            await bookings.decide(sale.booking_id, lambda _, sale=sale: money_of(sale))  # type: ignore[misc]
        stored = await bookings.find_all([sale.booking_id for sale in sales])
        assert sorted(booking.reference for booking in stored) == ["7KQ2M9X0", "7KQ2M9X1", "7KQ2M9X2"]

    async def test_what_another_process_has_recorded_since_is_seen_by_every_decision(
        self, bookings: MongoBookings, another: MongoBookings, subject: Subject
    ) -> None:
        await subject.record(facts.paid)
        seen: list[str] = []

        def refuse(booking: Booking | None) -> Facts:
            seen.append(booking.state.status if booking else "")
            raise LookupError("not so")

        await another.decide(SALE.booking_id, lambda _: facts.sold)
        remembered = bookings.remembered(SALE.booking_id)
        assert remembered is not None
        assert remembered.state.status == "pending"
        with pytest.raises(LookupError, match="not so"):
            await bookings.decide(SALE.booking_id, refuse)
        assert seen == ["pending", "confirmed"]  # what an old state refused is asked of the newest
        await another.decide(SALE.booking_id, lambda _: facts.checked_in)
        booking = await subject.record(facts.some_by_hand)
        assert booking == await bookings.find(SALE.booking_id)
        assert booking is not None
        assert (booking.state.status, booking.version) == ("checked_in", 4)
        assert await subject.record(facts.checked_in) == booking

    async def test_a_booking_that_should_be_new_and_is_not_loses_nothing(
        self, bookings: MongoBookings, another: MongoBookings
    ) -> None:
        await another.decide(SALE.booking_id, lambda _: facts.paid)
        booking = await bookings.decide(SALE.booking_id, lambda _: facts.ordered, likely_new=True)
        assert booking is not None
        assert (booking.facts.paid, booking.version) == (facts.paid.paid, 1)

    async def test_a_booking_that_is_remembered_costs_one_command_a_fact(
        self, bookings: MongoBookings, subject: Subject
    ) -> None:
        with counted_commands() as commands:
            await bookings.decide(SALE.booking_id, lambda _: facts.ordered, likely_new=True)
            await subject.record(facts.paid)
            assert commands == ["findAndModify"] * 2
            await subject.record(facts.paid)
            assert commands[2:] == ["find"]

    async def test_many_numbers_cost_one_command_and_none_is_lost_where_another_process_wrote_meanwhile(
        self, bookings: MongoBookings, another: MongoBookings, subject: Subject
    ) -> None:
        sales = [a_sale() for _ in range(3)]
        invoice, credit = (Facts(numbers=(PaperNumber(key=key, number=7),)) for key in ("invoice", "credit"))
        news = dict[str, Facts]((sale.booking_id, invoice) for sale in sales)
        for sale in sales:
            await subject.record(facts_after([Facts(ordered=sale), money_of(sale)]), sale)
        with counted_commands() as commands:
            await bookings.record_each(news)
            assert commands == ["update"]
        assert [bookings.remembered(sale.booking_id) for sale in sales] == [
            await bookings.find(sale.booking_id) for sale in sales
        ]
        await another.decide(sales[1].booking_id, lambda _: Facts(numbers=(PaperNumber(key="other", number=3),)))
        await bookings.record_each(dict.fromkeys(news, credit))
        found = [await bookings.find(sale.booking_id) for sale in sales]
        assert [(each.version, len(each.facts.numbers)) for each in found if each] == [(3, 2), (4, 3), (3, 2)]
        assert found == [bookings.remembered(sale.booking_id) for sale in sales]
