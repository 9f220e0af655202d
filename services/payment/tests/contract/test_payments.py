"""What the use cases expect of stored payments: the fake and Mongo under one suite.

It cannot show what only a crash would: that a payment and its events are one write.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from services.payment.tests.factories import (
    INTERVALS,
    NOTHING,
    NOW,
    ORDER,
    SALE,
    SECOND,
    THEATER,
    a_capture,
    a_refund,
    a_request,
    a_sale,
    an_attempt,
    an_order,
)
from services.payment.tests.fakes import FakePayments

from chassis.process import Process
from chassis.times import now_in_milliseconds
from contracts.ids import new_id
from payment.domain import (
    Cancelled,
    CaseClosed,
    Decided,
    Difference,
    Fact,
    Facts,
    Overdue,
    PollingEnded,
    Refusal,
)
from payment.payment import Change, Payment, with_facts, with_opening, with_task_begun
from payment.store import MongoPayments
from payment.usecases.calls import Call, Calls
from payment.usecases.ports import Payments
from stack.mongo_commands import counted_commands

EVERY_FACT: list[Fact] = [
    SALE,
    ORDER,
    an_order(SALE, "ford_1", "fake"),
    an_attempt("pay_f", "failed", "declined"),
    an_attempt("pay_a", "authorized"),
    a_capture(),
    a_capture("pay_m", amount=510, difference=Difference(amount=10, reason="fee", accepted=False)),
    a_request(300),
    a_refund("rfnd_1", "refund_b", "pay_w", "pending", 300),
    a_refund("rfnd_2", None, "pay_w", "processed", 100),
    Refusal(key="refund_b", detail="low balance", amount=300),
    Decided(capture_id="pay_w"),
    Overdue(capture_id="pay_w"),
    Cancelled(reason="by_theater", at=NOW),
    CaseClosed(case_id=new_id("cas"), note="it was a voucher", user_id="usr_1", at=NOW),
    PollingEnded(),
]


@dataclass(frozen=True, slots=True)
class Subject:
    """Payments under test; `said` are the ids of the events that a payment said, each once."""

    payments: Payments
    said: Callable[[str], Awaitable[set[str]]]
    noted: Calls

    async def record(self, payment_id: str, *facts: Fact, now: datetime = NOW) -> Payment:
        return await self.payments.amend(payment_id, lambda payment: with_facts(payment, facts, now, INTERVALS, {}))

    async def find(self, payment_id: str) -> Payment:
        payment = await self.payments.find(payment_id)
        assert payment is not None
        return payment


@pytest.fixture(params=["fake", "mongo"])
async def subject(request: pytest.FixtureRequest, base: Process) -> AsyncIterator[Subject]:
    if request.param == "fake":
        fake = FakePayments()

        async def said(payment_id: str) -> set[str]:
            return {event_id for event_id, _ in fake.said}

        yield Subject(fake, said, fake.noted)
        return
    noted = Calls()
    payments = MongoPayments(base.outbox("payments"), noted)
    await base.prepare(payments.ensure_indexes)

    async def said_of(payment_id: str) -> set[str]:
        document = await base.database["payments"].find_one({"_id": payment_id})
        return set(document["said"]) if document else set()

    yield Subject(payments, said_of, noted)


def of_two_providers() -> tuple[Payment, Change]:
    """A payment with every kind of fact, and the change that made it of none."""
    change = with_facts(Payment(NOTHING), tuple(EVERY_FACT), NOW, INTERVALS, {})
    assert change is not None
    return replace(change.payment, version=1), change


async def test_a_payment_comes_back_as_it_was_changed(subject: Subject) -> None:
    payment, change = of_two_providers()
    assert await subject.payments.amend(SALE.payment_id, lambda _: change) == payment
    assert await subject.find(SALE.payment_id) == payment
    assert await subject.said(SALE.payment_id) == set(change.events) == payment.said


async def test_what_is_unknown_is_none_and_nothing_to_do_stores_nothing(subject: Subject) -> None:
    assert await subject.payments.amend(SALE.payment_id, lambda _: None) == Payment(NOTHING)
    assert await subject.payments.find(SALE.payment_id) is None
    assert await subject.payments.of_order("order_1") is None
    assert await subject.payments.of_capture("pay_w") is None
    assert await subject.payments.of_case(new_id("cas")) is None


async def test_a_change_that_changes_nothing_is_no_new_version(subject: Subject) -> None:
    payment = await subject.record(SALE.payment_id, SALE, ORDER)
    assert await subject.payments.amend(SALE.payment_id, Change) == payment
    assert await subject.record(SALE.payment_id, SALE, ORDER) == payment
    assert (await subject.record(SALE.payment_id, a_capture())).version == 2


Decisions = dict[str, Callable[[Payment], Change | None]]


def deciding(capture_id: str) -> Callable[[Payment], Change | None]:
    return lambda payment: with_facts(payment, (Decided(capture_id=capture_id),), NOW, INTERVALS, {})


async def test_many_payments_are_changed_together_but_for_those_that_say_something_or_are_not_remembered(
    subject: Subject,
) -> None:
    sales = [a_sale() for _ in range(3)]
    for number, sale in enumerate(sales):
        capture = a_capture(f"pay_{number}", order_id=f"order_{number}")
        known = (capture,) if number < 2 else ()
        await subject.record(sale.payment_id, sale, an_order(sale, f"order_{number}"), *known)

    def says(payment: Payment) -> Change | None:
        return with_facts(payment, (a_capture("pay_2", order_id="order_2"),), NOW, INTERVALS, {})

    unknown, (first, second, third) = a_sale().payment_id, (sale.payment_id for sale in sales)
    subject.noted.note(a_call(first))
    decisions: Decisions = {
        first: deciding("pay_0"),
        second: deciding("pay_1"),
        unknown: deciding("pay_2"),
        third: says,
    }
    before = await subject.find(first)
    assert await subject.payments.amend_remembered(decisions) == {first, second}
    assert await subject.payments.amend_remembered(decisions) == frozenset()
    after = await subject.find(first)
    expected = with_facts(before, (Decided(capture_id="pay_0"),), NOW, INTERVALS, {})
    assert expected is not None
    assert after == replace(expected.payment, version=2)
    assert len(await subject.payments.calls(first)) == 1
    assert (await subject.record(first, Overdue(capture_id="pay_0"))).version == 3
    assert (await subject.find(third)).version == 1
    assert await subject.payments.amend_remembered({}) == frozenset()


async def test_payments_that_another_process_has_changed_are_not_changed_together(base: Process) -> None:
    own, other = (MongoPayments(base.outbox("payments")) for _ in range(2))
    sales = [a_sale() for _ in range(2)]
    for number, sale in enumerate(sales):
        facts = (sale, an_order(sale, f"order_{number}"), a_capture(f"pay_{number}", order_id=f"order_{number}"))
        change = with_facts(Payment(Facts(payment_id=sale.payment_id)), facts, NOW, INTERVALS, {})
        await own.amend(sale.payment_id, lambda _, change=change: change)  # type: ignore[misc]
    await other.amend(sales[1].payment_id, deciding("pay_of_another"))
    with counted_commands() as commands:
        decisions: Decisions = {sale.payment_id: deciding(f"pay_{number}") for number, sale in enumerate(sales)}
        assert await own.amend_remembered(decisions) == frozenset()
    assert commands == ["update"]
    decided = [payment.facts.decided for sale in sales if (payment := await own.find(sale.payment_id))]
    assert decided == [("pay_0",), ("pay_of_another",)]


def a_call(about: str) -> Call:
    return Call(about, now_in_milliseconds(), "razorpay", "order", "yes", 7, "0" * 32)


async def test_calls_to_providers_are_stored_with_the_next_change_of_their_payment(subject: Subject) -> None:
    opened, order, capture, foreign = map(a_call, (SALE.payment_id, "order_1", "pay_w", "pay_of_another"))
    for call in (opened, order, foreign):
        subject.noted.note(call)
    await subject.record(SALE.payment_id, SALE, ORDER)
    assert await subject.payments.calls(SALE.payment_id) == [opened, order]
    subject.noted.note(capture)
    assert (await subject.record(SALE.payment_id, a_capture())).version == 2
    assert await subject.payments.calls(SALE.payment_id) == [opened, order, capture]
    await subject.record(SALE.payment_id, an_attempt("pay_f", "failed", "declined"))
    assert await subject.payments.calls(SALE.payment_id) == [opened, order, capture]


async def test_calls_that_changed_nothing_are_stored_a_little_later_and_make_no_version(subject: Subject) -> None:
    payment = await subject.record(SALE.payment_id, SALE, ORDER, a_capture())
    of_order, of_capture = a_call("order_1"), a_call("pay_w")
    for call in (of_order, a_call("pay_of_another"), of_capture):
        subject.noted.note(call)
    assert await subject.payments.amend(SALE.payment_id, Change) == payment
    assert await subject.payments.calls(SALE.payment_id) == []
    for _ in range(2):
        await subject.payments.store_calls(timedelta(0))
        assert await subject.payments.calls(SALE.payment_id) == [of_order, of_capture]
    assert await subject.find(SALE.payment_id) == payment
    assert subject.noted.older_than(timedelta(0)) == []


async def test_of_many_changes_at_once_none_is_lost(subject: Subject) -> None:
    attempts = [an_attempt(f"pay_{number}", "failed", "declined") for number in range(8)]
    await asyncio.gather(*(subject.record(SALE.payment_id, SALE, ORDER, attempt) for attempt in attempts))
    payment = await subject.find(SALE.payment_id)
    assert {attempt.attempt_id for attempt in payment.facts.attempts} == {each.attempt_id for each in attempts}
    assert payment.version == len(attempts)
    assert await subject.said(SALE.payment_id) == set(payment.consequences.events)


async def test_of_many_who_open_an_order_one_does(subject: Subject) -> None:
    def claim(by: str) -> Callable[[Payment], Change | None]:
        def decide(payment: Payment) -> Change | None:
            opened = with_opening(payment, "razorpay", by, NOW, NOW + SECOND)
            return Change(opened) if opened else None

        return decide

    claims = [subject.payments.amend(SALE.payment_id, claim(f"process {number}")) for number in range(5)]
    openings = {payment.opening_at("razorpay") for payment in await asyncio.gather(*claims)}
    assert len(openings) == 1
    assert (await subject.find(SALE.payment_id)).opening_at("razorpay") in openings


async def test_it_is_found_by_orders_captures_and_cases(subject: Subject) -> None:
    other = a_sale()
    await subject.payments.amend(SALE.payment_id, lambda _: of_two_providers()[1])
    await subject.record(other.payment_id, other, an_order(other, "order_2"), a_capture("pay_2", order_id="order_2"))
    payment, second = await subject.find(SALE.payment_id), await subject.find(other.payment_id)
    assert await subject.payments.of_order("ford_1") == payment
    assert await subject.payments.of_capture("pay_m") == payment
    assert await subject.payments.of_case(payment.cases[0].id) == payment
    by_order = await subject.payments.of_orders({"order_1", "order_2", "order_x"})
    assert (by_order["order_1"], by_order["order_2"]) == (payment, second)
    assert "order_x" not in by_order
    by_capture = await subject.payments.of_captures(["pay_w", "pay_2", "pay_x"])
    assert (by_capture["pay_w"], by_capture["pay_2"]) == (payment, second)
    assert "pay_x" not in by_capture


async def test_cases_are_paged_newest_first_by_theater_and_state(subject: Subject) -> None:
    sales = [a_sale() for _ in range(3)]
    for number, sale in enumerate(sales):
        order = an_order(sale, f"order_{number}")
        capture = a_capture(f"pay_{number}", order_id=order.order_id)
        by_hand = a_refund(f"rfnd_{number}", None, capture.capture_id, "processed", 100 + number)
        await subject.record(sale.payment_id, sale, order, capture, by_hand, now=NOW + number * SECOND)
    note = CaseClosed(case_id=(await subject.find(sales[1].payment_id)).cases[0].id, note="n", user_id="u", at=NOW)
    await subject.record(sales[1].payment_id, note)
    await subject.record(a_sale().payment_id, Overdue(capture_id="pay_nobody"))

    async def amounts(
        theaters: frozenset[str] | None = None, *, is_open: bool | None = None, skip: int = 0, limit: int = 9
    ) -> tuple[list[int], int]:
        page, total = await subject.payments.cases(theater_ids=theaters, is_open=is_open, skip=skip, limit=limit)
        return [case.amount for _, case in page], total

    assert await amounts() == ([102, 101, 100], 3)
    assert await amounts(skip=1, limit=1) == ([101], 3)
    assert await amounts(is_open=True) == ([102, 100], 2)
    assert await amounts(is_open=False) == ([101], 1)
    assert await amounts(frozenset({THEATER, new_id("thr")})) == ([102, 101, 100], 3)
    assert await amounts(frozenset({new_id("thr")})) == ([], 0)
    assert await subject.payments.open_cases() == {("refund_by_hand", "INR"): (2, 202)}


async def test_due_work_is_done_once_and_due_again_when_the_schedule_says(subject: Subject) -> None:
    long_ago, due = datetime.now(UTC) - timedelta(minutes=1), a_sale()
    await subject.record(SALE.payment_id, SALE, ORDER, now=datetime.now(UTC) + timedelta(minutes=1))
    await subject.record(due.payment_id, due, an_order(due, "order_2"), now=long_ago)
    done: list[str] = []

    async def work(payment: Payment) -> None:
        done.append(payment.facts.payment_id)
        now = datetime.now(UTC)
        begun = with_task_begun(payment, "poll", now, now + timedelta(minutes=1))
        assert begun is not None
        await subject.payments.amend(payment.facts.payment_id, lambda _: begun[0])

    for _ in range(2):
        await asyncio.gather(*(subject.payments.run_due(work, lease=timedelta(seconds=30)) for _ in range(3)))
        assert done == [due.payment_id]
    assert (await subject.find(due.payment_id)).schedule[0].tries == 1


async def test_work_that_leaves_its_task_is_due_at_once_although_its_lease_lasts(subject: Subject) -> None:
    await subject.record(SALE.payment_id, SALE, ORDER, now=datetime.now(UTC) - timedelta(minutes=1))
    tries = 0

    async def twice(payment: Payment) -> None:
        nonlocal tries
        tries += 1
        if tries == 2:
            await subject.record(payment.facts.payment_id, PollingEnded())

    await subject.payments.run_due(twice, lease=timedelta(hours=1))
    assert tries == 2


async def test_those_are_counted_who_wait_for_an_answer(subject: Subject) -> None:
    await subject.record(SALE.payment_id, SALE, ORDER, a_capture())
    assert await subject.payments.count_waiting(NOW) == 0
    assert await subject.payments.count_waiting(NOW + SECOND) == 1
    await subject.record(SALE.payment_id, Decided(capture_id="pay_w"))
    assert await subject.payments.count_waiting(NOW + SECOND) == 0
