"""The use cases on stores and providers in memory: a sale and its troubles, without a server."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from services.payment.tests.factories import a_sale
from services.payment.tests.fake_provider import FakeProvider, SettingsWithFake
from services.payment.tests.fakes import FakeForeignOrders, FakeHolds, FakeInbox, FakePayments, FakeWatermarks

from chassis.auth import Caller
from chassis.loops import Background
from contracts.sale import Sale
from payment.assembly import Edges, assemble
from payment.domain import Decided, RefundRequest
from payment.errors import BookingNotFound, HoldNotFound, HoldSold, InvalidSignature, ProviderError, ProviderNotOffered
from payment.payment import Payment
from payment.usecases import UseCases

SETTINGS = {
    "mongo_uri": "mongodb://unused",
    "rabbitmq_url": "amqp://unused",
    "payment_provider": "fake",
    "fake": {"account": "acc"},
    "reconcile_first_seconds": 3600,
    "refund_retry_seconds": 3600,
    "refund_watch_seconds": 3600,
}


@dataclass
class Story:
    """A sale, its user, and everything in memory."""

    sale: Sale
    caller: Caller
    provider: FakeProvider
    payments: FakePayments
    use_cases: UseCases
    background: Background

    async def order(self) -> str:
        """The sale's open order."""
        opened = await self.use_cases.orders.open(self.sale.hold_id, self.caller, "fake")
        assert opened.order is not None
        return opened.order.order_id

    async def payment(self) -> Payment:
        """The payment as stored."""
        payment = await self.payments.find(self.sale.payment_id)
        assert payment is not None
        return payment

    async def winner(self) -> str | None:
        """The capture that pays for the booking."""
        winner = (await self.payment()).facts.winner
        return winner.capture_id if winner else None

    async def due(self) -> None:
        """What its schedule says is done, as if it were due."""
        before = datetime.now(UTC) - timedelta(minutes=1)
        for entry in (await self.payment()).schedule:
            await self.use_cases.recorder.record(self.sale.payment_id, moved={entry.task: before})
        await self.use_cases.reconciler.run_due()

    def said(self) -> list[str]:
        """The kinds of events that were said."""
        return [event.type for _, event in self.payments.said]


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    sale, provider, payments, background = a_sale(), FakeProvider(), FakePayments(), Background()
    caller = Caller(sale.user_id, frozenset(), {}, token="token", expires_at=0)
    edges = Edges(
        payments=payments,
        inbox=FakeInbox(),
        foreign=FakeForeignOrders(),
        watermarks=FakeWatermarks(),
        holds=FakeHolds({(sale.hold_id, caller.token): sale}),
        providers={provider.name: provider},
    )
    use_cases = assemble(SettingsWithFake.model_validate(SETTINGS), edges, background)
    yield Story(sale, caller, provider, payments, use_cases, background)
    await background.finish()


async def test_a_sale_is_ordered_paid_confirmed_and_given_back(story: Story) -> None:
    order_id = await story.order()
    payment_id = story.provider.pay(order_id)
    confirmation = await story.use_cases.confirmations.confirm(
        order_id, story.provider.proof(order_id, payment_id), story.caller.user_id
    )
    assert (confirmation.sale, confirmation.attempt_id) == (story.sale, payment_id)
    assert confirmation.provider_answered
    assert await story.winner() == payment_id
    await story.use_cases.recorder.record(story.sale.payment_id, Decided(capture_id=payment_id))
    request = RefundRequest(key="refund_b", capture_id=payment_id, amount=500, currency="INR", reason="by_guest")
    await story.use_cases.recorder.record(story.sale.payment_id, request)
    await story.due()
    assert [(refund.key, refund.amount) for refund in story.provider.refunds.values()] == [("refund_b", 500)]
    assert (await story.payment()).consequences.status == "refunded"
    assert story.said() == ["payment.order_created.v1", "payment.succeeded.v1", "payment.refunded.v1"]


async def test_a_webhook_settles_what_the_page_never_confirmed(story: Story) -> None:
    payment_id = story.provider.pay(await story.order())
    body, headers = story.provider.notice("evt_1", payment_id)
    for _ in range(2):
        await story.use_cases.webhooks.receive(body, headers)
    await story.background.finish()
    assert await story.winner() == payment_id
    assert story.provider.calls.count("payment") == 1
    with pytest.raises(InvalidSignature):
        await story.use_cases.webhooks.receive(body, {})


async def test_a_lost_webhook_is_made_good_by_polling_the_order_and_by_reading_the_list(story: Story) -> None:
    await story.use_cases.windows.begin()
    first = story.provider.pay(await story.order())
    await story.due()
    assert await story.winner() == first
    second = story.provider.pay("ford_1")
    await story.use_cases.windows.run_due()
    assert [capture.match for capture in (await story.payment()).facts.captures] == ["winner", "extra"]
    await story.due()
    assert [refund.payment_id for refund in story.provider.refunds.values()] == [second]


async def test_a_refund_whose_answer_is_lost_is_looked_up_and_not_made_again(story: Story) -> None:
    payment_id = story.provider.pay(await story.order(), amount=499)
    story.provider.trouble["refund"] = "answer lost"
    await story.due()
    assert [refund.status for refund in (await story.payment()).consequences.refunds] == ["due"]
    await story.due()
    assert [refund.status for refund in (await story.payment()).consequences.refunds] == ["done"]
    assert [refund.payment_id for refund in story.provider.refunds.values()] == [payment_id]
    assert story.provider.calls.count("refund") == 1


async def test_an_order_in_doubt_is_looked_up_before_another_is_opened(story: Story) -> None:
    story.provider.trouble |= {"open_order": "answer lost", "orders_of": "unreachable"}
    with pytest.raises(ProviderError):
        await story.order()
    assert await story.order() == "ford_1"
    assert story.provider.calls == ["open_order", "orders_of", "orders_of"]


async def test_what_is_paid_is_not_to_be_paid_again(story: Story) -> None:
    story.provider.pay(await story.order())
    await story.due()
    with pytest.raises(HoldSold):
        await story.order()


async def test_what_is_not_theirs_or_not_offered_is_refused(story: Story) -> None:
    order_id = await story.order()
    proof = story.provider.proof(order_id, story.provider.pay(order_id))
    with pytest.raises(BookingNotFound):
        await story.use_cases.confirmations.confirm(order_id, proof, "usr_another")
    with pytest.raises(BookingNotFound):
        await story.use_cases.confirmations.confirm("ford_9", proof, story.caller.user_id)
    with pytest.raises(InvalidSignature):
        await story.use_cases.confirmations.confirm(order_id, {**proof, "fakeProof": "x"}, story.caller.user_id)
    with pytest.raises(HoldNotFound):
        await story.use_cases.orders.open("hld_x", story.caller, "fake")
    with pytest.raises(ProviderNotOffered):
        await story.use_cases.orders.open(story.sale.hold_id, story.caller, "another")
    assert await story.winner() is None
