"""The use cases on stores and providers in memory: a sale and its troubles, without a server."""

from dataclasses import replace
from datetime import timedelta

import pytest
from services.payment.tests.unit.story import Story

from payment.domain import RefundRequest
from payment.errors import (
    BookingNotFound,
    ContactRequired,
    HoldNotFound,
    HoldSold,
    InvalidSignature,
    ProviderError,
    ProviderNotOffered,
)


async def test_a_sale_is_ordered_paid_confirmed_and_given_back(story: Story) -> None:
    order_id = await story.order()
    payment_id = story.provider.pay(order_id)
    confirmation = await story.confirm(order_id, payment_id)
    assert (confirmation.sale, confirmation.attempt_id) == (story.sale, payment_id)
    assert confirmation.provider_answered
    assert await story.winner() == payment_id
    await story.decide()
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
    first = story.provider.pay(await story.order())
    await story.due()
    assert (await story.winner(), (await story.payment()).facts.polling_ended) == (first, False)
    second = story.provider.pay("ford_1")
    await story.live(timedelta(seconds=20))
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
        await story.use_cases.confirmations.confirm(order_id, proof, replace(story.caller, user_id="usr_another"))
    with pytest.raises(BookingNotFound):
        await story.use_cases.confirmations.confirm("ford_9", proof, story.caller)
    with pytest.raises(InvalidSignature):
        await story.use_cases.confirmations.confirm(order_id, {**proof, "fakeProof": "x"}, story.caller)
    with pytest.raises(HoldNotFound):
        await story.use_cases.orders.open("hld_x", story.caller, "fake")
    with pytest.raises(ProviderNotOffered):
        await story.use_cases.orders.open(story.sale.hold_id, story.caller, "another")
    assert await story.winner() is None


@pytest.mark.parametrize("outage", [timedelta(minutes=30), timedelta(hours=3)], ids=str)
async def test_a_refund_goes_out_within_two_minutes_of_the_end_of_an_outage(story: Story, outage: timedelta) -> None:
    """While the provider does not answer it is no case: then it is asked again soon."""
    story.provider.pay(await story.order(), amount=499)
    end = story.clock.at + outage
    while story.clock.at < end:
        story.provider.trouble |= {"refund": "unreachable"}
        await story.live(timedelta(seconds=1))
    story.provider.trouble.clear()
    await story.live(timedelta(seconds=120))
    assert [refund.status for refund in (await story.payment()).consequences.refunds] == ["done"]
    assert len(story.provider.refunds) == 1


async def test_a_guest_says_where_the_ticket_goes_before_an_order_is_opened(story: Story) -> None:
    story.caller = replace(story.caller, guest=True)
    with pytest.raises(ContactRequired):
        await story.order()
    assert not story.payments.stored
    story.contacts.tokens.add(story.caller.token)
    assert await story.order()


async def test_what_a_linked_guest_bought_is_the_accounts(story: Story) -> None:
    order_id = await story.order()
    account = replace(story.caller, user_id="usr_account", guests=(story.sale.user_id,))
    assert (await story.use_cases.orders.open(story.sale.hold_id, account, story.provider.name)).sale == story.sale
    proof = story.provider.proof(order_id, story.provider.pay(order_id))
    confirmation = await story.use_cases.confirmations.confirm(order_id, proof, account)
    assert confirmation.sale == story.sale
