"""What the use cases expect of a provider of payment: the fake and the adapters under one suite.

It cannot show what only the real provider does: how banks behave, and the limits behind its refusals.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

import pytest
from services.payment.tests.fake_provider import FakeProvider
from services.payment.tests.simulator import ACCOUNT, STRIPE_ACCOUNT, Simulator, StripeSimulator, proof_of, signed
from stripe import WebhookSignature
from tests import factories

from contracts.ids import new_id
from contracts.payment import DisputeStatus
from payment.domain import Order
from payment.providers import razorpay, stripe
from payment.providers.razorpay.settings import RazorpaySettings
from payment.providers.stripe.settings import StripeSettings
from payment.usecases.orders import order_fact
from payment.usecases.provider import No, Outcome, Page, Provider, ProviderPayment, Unknown, Yes
from payment.usecases.settlement import refund_fact
from payment.usecases.written import written, written_sale

T = TypeVar("T")
A_MINUTE = timedelta(minutes=1)
Ending = Literal["captured", "failed", "under way"]
Pay = Callable[[str, Ending], Awaitable[tuple[str, dict[str, str]]]]
Notice = Callable[[str, str], tuple[bytes, dict[str, str]]]
Dispute = Callable[[str, DisputeStatus], Awaitable[str]]
Trouble = Callable[[Literal["unreachable", "answer lost"]], Awaitable[Provider]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A provider under test. `pay` pays an order: the payment's id, and the proof that the page gets. `notice` is a
    signed webhook about a payment: body and headers. `dispute`: the payer claims a payment at the bank, which has got
    so far; the dispute's id. `trouble` gives the provider with that happening to its calls. `unknown` are ids of an
    order, a payment and a dispute that it does not know; `under_way` is the status of a payment that has not ended."""

    provider: Provider
    pay: Pay
    notice: Notice
    dispute: Dispute
    trouble: Trouble
    unknown: tuple[str, str, str] = ("order_Unknown0000001", "pay_Unknown0000001", "disp_Unknown0000001")
    under_way: Literal["authorized", "processing"] = "authorized"

    async def order(self, amount: int = 35_400) -> Order:
        """A new order."""
        outcome = await self.provider.open_order(new_id("pay"), 1, amount, "INR", {"booking_id": "bkg_1"})
        return order_fact(self.provider, yes(outcome))

    async def captured(self, amount: int = 35_400) -> str:
        """A captured payment of a new order."""
        return (await self.pay((await self.order(amount)).order_id, "captured"))[0]


def yes(outcome: Outcome[T]) -> T:
    assert isinstance(outcome, Yes), outcome
    return outcome.value


async def all_pages(
    read: Callable[[datetime, datetime, str | None], Awaitable[Outcome[Page[T]]]],
    start: datetime,
    end: datetime | None = None,
) -> list[T]:
    items: list[T] = []
    cursor: str | None = None
    while True:
        page = yes(await read(start, end or start + 10 * A_MINUTE, cursor))
        items += page.items
        cursor = page.next
        if cursor is None:
            return items


def fake() -> Subject:
    provider = FakeProvider()

    async def pay(order_id: str, outcome: Any) -> tuple[str, dict[str, str]]:
        payment_id = provider.pay(order_id, "authorized" if outcome == "under way" else outcome)
        return payment_id, provider.proof(order_id, payment_id)

    async def dispute(payment_id: str, status: DisputeStatus) -> str:
        return provider.dispute_by_payer(payment_id, status)

    async def trouble(kind: Any) -> Provider:
        provider.trouble["open_order"] = kind
        return provider

    return Subject(provider, pay, provider.notice, dispute, trouble)


def of_razorpay(provider: Provider, unreachable: Provider, simulator: Simulator) -> Subject:
    async def pay(order_id: str, outcome: Any) -> tuple[str, dict[str, str]]:
        status = "authorized" if outcome == "under way" else outcome
        paid = await simulator.pay(order_id, status, webhooks={"deliver": False})
        return paid["razorpay_payment_id"], proof_of(paid)

    def notice(event_id: str, payment_id: str) -> tuple[bytes, dict[str, str]]:
        entity = {"payment": {"entity": {"id": payment_id}}}
        body = json.dumps({"event": "payment.captured", "payload": entity}).encode()
        signature = signed(body)["X-Razorpay-Signature"]
        return body, {"x-razorpay-signature": signature, "x-razorpay-event-id": event_id}

    async def dispute(payment_id: str, status: DisputeStatus) -> str:
        opened = await simulator.post(f"/payments/{payment_id}/dispute", status=status, webhooks={"deliver": False})
        return str(opened["dispute"]["id"])

    async def trouble(kind: str) -> Provider:
        if kind == "unreachable":
            return unreachable
        await simulator.post("/faults", route="POST /v1/orders", kind="reset_after", times=1)
        return provider

    return Subject(provider, pay, notice, dispute, trouble)


def of_stripe(provider: Provider, unreachable: Provider, simulator: StripeSimulator) -> Subject:
    outcomes = {"captured": "succeeded", "failed": "failed", "under way": "processing"}

    async def pay(order_id: str, outcome: Ending) -> tuple[str, dict[str, str]]:
        intent = await simulator.pay_intent(order_id, outcomes[outcome], webhooks={"deliver": False})
        payment_id = order_id if outcome == "captured" else str(intent["latest_charge"])
        return payment_id, {"paymentIntentId": order_id}

    def notice(event_id: str, payment_id: str) -> tuple[bytes, dict[str, str]]:
        event = {"id": event_id, "type": "charge.failed", "data": {"object": {"id": payment_id}}}
        body, secret = json.dumps(event).encode(), STRIPE_ACCOUNT["webhook_secret"]
        return body, {"stripe-signature": WebhookSignature.generate_signature_header(body.decode(), secret)}

    async def dispute(payment_id: str, status: DisputeStatus) -> str:
        path, plan = f"/payment_intents/{payment_id}/dispute", {"deliver": False}
        opened = await simulator.post(path, webhooks=plan)
        if status != "open":
            opened = await simulator.post(path, status=status, webhooks=plan)
        return str(opened["dispute"]["id"])

    async def trouble(kind: str) -> Provider:
        if kind == "unreachable":
            return unreachable
        await simulator.post("/faults", route="POST /v1/payment_intents", kind="reset_after", times=1)
        return provider

    unknown = ("pi_Unknown0000001", "pi_Unknown0000001", "du_Unknown0000001")
    return Subject(provider, pay, notice, dispute, trouble, unknown, "processing")


@pytest.fixture(params=["fake", "razorpay", "stripe"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "fake":
        yield fake()
        return
    if request.param == "stripe":
        stripes: StripeSimulator = request.getfixturevalue("stripe_process")
        await stripes.post("/reset")
        account = StripeSettings.model_validate({**STRIPE_ACCOUNT, "base_url": stripes.url})
        no_account = account.model_copy(update={"base_url": "http://127.0.0.1:1"})
        async with stripe.connected(account) as provider, stripe.connected(no_account) as unreachable:
            yield of_stripe(provider, unreachable, stripes)
        return
    simulator: Simulator = request.getfixturevalue("simulator_process")
    await simulator.post("/reset")
    settings = RazorpaySettings.model_validate({**ACCOUNT, "base_url": simulator.url})
    nowhere = settings.model_copy(update={"base_url": "http://127.0.0.1:1"})
    async with razorpay.connected(settings) as provider, razorpay.connected(nowhere) as unreachable:
        yield of_razorpay(provider, unreachable, simulator)


async def test_an_order_is_found_by_its_receipt_and_by_its_id(subject: Subject) -> None:
    receipt = new_id("pay")
    opened = yes(await subject.provider.open_order(receipt, 1, 35_400, "INR", {"booking_id": "bkg_1"}))
    assert (opened.receipt, opened.amount, opened.currency) == (receipt, 35_400, "INR")
    assert yes(await subject.provider.orders_of(receipt)) == [opened]
    assert yes(await subject.provider.order(opened.order_id)) == opened
    assert yes(await subject.provider.orders_of(new_id("pay"))) == []


async def test_a_sale_of_many_seats_is_read_again_from_its_order(subject: Subject) -> None:
    seats = {f"{row}{number}": (20_000 + number, 3_600) for row in "GH" for number in range(10)}
    sale = factories.a_sale(new_id("usr"), quote=factories.a_quote_of(seats))
    notes = written(sale, subject.provider.seal_keys[0])
    opened = yes(await subject.provider.open_order(sale.payment_id, 1, 35_400, "INR", notes))
    found = yes(await subject.provider.order(opened.order_id))
    assert written_sale(found, subject.provider.seal_keys) == sale
    assert written_sale(found, ["another house's"]) is None


async def test_what_it_does_not_know_is_not_found(subject: Subject) -> None:
    provider, (order_id, payment_id, dispute_id) = subject.provider, subject.unknown
    outcomes: list[Outcome[Any]] = [
        await provider.order(order_id),
        await provider.payment(payment_id),
        await provider.payments_of(order_id),
        await provider.refund(payment_id, "refund_unknown", 1, 100, "INR"),
        await provider.refunds_of(payment_id),
        await provider.dispute(dispute_id),
    ]
    assert [outcome.kind for outcome in outcomes if isinstance(outcome, No)] == ["not_found"] * 6


async def test_the_least_amount_is_taken_and_less_is_refused_for_its_amount(subject: Subject) -> None:
    least = subject.provider.least_amount("INR")
    assert yes(await subject.provider.open_order(new_id("pay"), 1, least, "INR", {})).amount == least
    outcome = await subject.provider.open_order(new_id("pay"), 1, least - 1, "INR", {})
    assert isinstance(outcome, No)
    assert (outcome.kind, outcome.field) == ("refused", "amount")


@pytest.mark.parametrize("outcome", ["captured", "failed", "under way"])
async def test_a_payment_is_the_same_by_its_id_on_its_order_and_in_the_list(subject: Subject, outcome: Ending) -> None:
    order, start = await subject.order(), datetime.now(UTC) - timedelta(minutes=1)
    payment_id, _ = await subject.pay(order.order_id, outcome)
    status = subject.under_way if outcome == "under way" else outcome
    payment = yes(await subject.provider.payment(payment_id))
    assert (payment.payment_id, payment.order_id, payment.status) == (payment_id, order.order_id, status)
    assert (payment.amount, payment.currency, payment.refunded) == (35_400, "INR", 0)
    assert yes(await subject.provider.payments_of(order.order_id)) == [payment]
    assert await all_pages(subject.provider.payments_between, start) == [payment]


async def test_lists_are_read_whole_page_after_page_and_show_nothing_older_or_newer(subject: Subject) -> None:
    start = datetime.now(UTC) - timedelta(minutes=1)
    payment_ids = [await subject.captured() for _ in range(5)]
    refunds = [yes(await subject.provider.refund(each, f"refund_{each}", 1, 35_400, "INR")) for each in payment_ids]
    listed: Sequence[ProviderPayment] = await all_pages(subject.provider.payments_between, start)
    assert [payment.at for payment in listed] == sorted((payment.at for payment in listed), reverse=True)
    assert sorted(payment.payment_id for payment in listed) == sorted(payment_ids)
    refunds_listed = await all_pages(subject.provider.refunds_between, start)
    assert {refund.refund_id for refund in refunds_listed} == {refund.refund_id for refund in refunds}
    for first in (start + 5 * A_MINUTE, start - 2 * A_MINUTE):
        assert await all_pages(subject.provider.payments_between, first, first + A_MINUTE) == []
        assert await all_pages(subject.provider.refunds_between, first, first + A_MINUTE) == []


async def test_a_proof_fits_its_order_and_payment_alone(subject: Subject) -> None:
    order, other = await subject.order(), await subject.order()
    payment_id, proof = await subject.pay(order.order_id, "captured")
    assert subject.provider.proven_payment(order, proof) == payment_id
    assert subject.provider.proven_payment(other, proof) is None
    assert subject.provider.proven_payment(order, {}) is None
    for name, value in proof.items():
        if value != order.order_id:  # the order that counts is our own
            assert subject.provider.proven_payment(order, {**proof, name: value[:-1] + "~"}) is None


async def test_a_page_gets_names_and_values_and_no_secret(subject: Subject) -> None:
    order = await subject.order()
    page = yes(await subject.provider.page_values(order))
    assert order.order_id in page.values()
    secrets = {*ACCOUNT.values(), *STRIPE_ACCOUNT.values()} - {ACCOUNT["key_id"], STRIPE_ACCOUNT["publishable_key"]}
    assert not set(page.values()) & secrets


async def test_a_webhook_that_it_signed_says_what_to_look_up_under_its_events_id(subject: Subject) -> None:
    body, headers = subject.notice("evt_1", "pay_1")
    webhooks = [subject.provider.webhook(body, headers) for _ in range(2)]
    assert webhooks[0] is not None
    assert webhooks[0].hint is not None
    assert (webhooks[0].event_id, webhooks[0].hint.subject, webhooks[0].hint.payment_id) == (
        "evt_1",
        "payment",
        "pay_1",
    )
    assert webhooks[1] == webhooks[0]


async def test_a_webhook_that_it_did_not_sign_is_none(subject: Subject) -> None:
    body, headers = subject.notice("evt_1", "pay_1")
    other, _ = subject.notice("evt_2", "pay_2")
    assert subject.provider.webhook(other, headers) is None
    assert subject.provider.webhook(body, {}) is None
    assert subject.provider.webhook(body, {name: value[::-1] for name, value in headers.items()}) is None


async def test_a_refund_is_made_once_for_its_key_and_number_and_bears_the_key(subject: Subject) -> None:
    payment_id = await subject.captured()
    first = yes(await subject.provider.refund(payment_id, "refund_of_booking", 1, 10_000, "INR"))
    again = yes(await subject.provider.refund(payment_id, "refund_of_booking", 1, 10_000, "INR"))
    second = yes(await subject.provider.refund(payment_id, "refund_of_booking", 2, 5_000, "INR"))
    assert again.refund_id == first.refund_id != second.refund_id
    refunds = yes(await subject.provider.refunds_of(payment_id))
    assert sorted((refund.amount, refund.key) for refund in refunds) == [
        (5_000, "refund_of_booking"),
        (10_000, "refund_of_booking"),
    ]
    assert {refund_fact(refund).capture_id for refund in refunds} == {payment_id}
    assert yes(await subject.provider.payment(payment_id)).refunded == 15_000


async def test_more_than_was_captured_is_refused_for_good(subject: Subject) -> None:
    payment_id = await subject.captured()
    yes(await subject.provider.refund(payment_id, "refund_of_booking", 1, 30_000, "INR"))
    outcome = await subject.provider.refund(payment_id, "refund_of_another", 1, 10_000, "INR")
    assert isinstance(outcome, No)
    assert (outcome.kind, outcome.final) == ("refused", True)


@pytest.mark.parametrize("status", ["open", "won", "lost"])
async def test_a_dispute_is_the_same_by_its_id_and_in_the_list_with_the_time_to_respond(
    subject: Subject, status: DisputeStatus
) -> None:
    payment_id, start = await subject.captured(), datetime.now(UTC) - timedelta(minutes=1)
    dispute_id = await subject.dispute(payment_id, status)
    dispute = yes(await subject.provider.dispute(dispute_id))
    assert (dispute.dispute_id, dispute.payment_id, dispute.status) == (dispute_id, payment_id, status)
    assert (dispute.amount, dispute.currency) == (35_400, "INR")
    assert dispute.respond_by is not None
    assert dispute.respond_by > dispute.at
    assert await all_pages(subject.provider.disputes_between, start) == [dispute]


async def test_a_provider_that_cannot_be_reached_has_done_nothing(subject: Subject) -> None:
    provider = await subject.trouble("unreachable")
    outcome = await provider.open_order(new_id("pay"), 1, 35_400, "INR", {})
    assert isinstance(outcome, No)
    assert outcome.kind == "unreachable"


async def test_what_was_asked_for_and_not_answered_is_unknown_and_may_have_been_done(subject: Subject) -> None:
    receipt, provider = new_id("pay"), await subject.trouble("answer lost")
    assert isinstance(await provider.open_order(receipt, 1, 35_400, "INR", {}), Unknown)
    assert len(yes(await provider.orders_of(receipt))) == 1
