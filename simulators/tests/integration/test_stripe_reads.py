"""What Stripe is asked for: pages with cursors, windows of time, ids answered as the objects they name."""

from __future__ import annotations

from typing import Any

import pytest
import stripe


async def intents(sdk: Any, count: int) -> list[str]:
    made = [
        await sdk.payment_intents.create_async(params={"amount": 1000 + n, "currency": "inr"}) for n in range(count)
    ]
    return [one.id for one in made]


async def test_pages_go_on_where_the_last_one_ended(stripe_sdk: Any) -> None:
    newest_first = (await intents(stripe_sdk, 5))[::-1]
    page = await stripe_sdk.payment_intents.list_async(params={"limit": 2})
    assert ([one.id for one in page.data], page.has_more, page.url) == (
        newest_first[:2],
        True,
        "/v1/payment_intents",
    )
    assert [one.id async for one in page.auto_paging_iter()] == newest_first
    before = await stripe_sdk.payment_intents.list_async(params={"limit": 2, "ending_before": newest_first[3]})
    assert ([one.id for one in before.data], before.has_more) == (newest_first[1:3], True)
    last = await stripe_sdk.payment_intents.list_async(params={"starting_after": newest_first[3]})
    assert ([one.id for one in last.data], last.has_more) == (newest_first[4:], False)


async def test_windows_of_time_are_as_wide_as_asked(stripe_sdk: Any, stripe_sim: Any) -> None:
    early = await intents(stripe_sdk, 1)
    stripe_sim.post("clock/advance", {"seconds": 3600})
    late = await intents(stripe_sdk, 1)
    at = (await stripe_sdk.payment_intents.retrieve_async(late[0])).created

    async def found(created: Any) -> list[str]:
        page = await stripe_sdk.payment_intents.list_async(params={"created": created})
        return [one.id for one in page.data]

    assert await found({"gte": at}) == late
    assert await found({"lt": at}) == early
    assert await found({"gt": at}) == []
    assert await found({"gt": at - 7200, "lte": at}) == late + early
    assert await found(at) == late


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"created": {"after": 1}}, "created[after]"),
        ({"starting_after": "pi_nobody"}, "starting_after"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_list_that_makes_no_sense_is_refused(stripe_sdk: Any, wrong: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await stripe_sdk.payment_intents.list_async(params=wrong)
    assert caught.value.param == param


async def test_ids_are_expanded_as_deep_as_asked(stripe_sdk: Any, stripe_sim: Any) -> None:
    (intent,) = await intents(stripe_sdk, 1)
    stripe_sim.intent(intent)
    read = await stripe_sdk.payment_intents.retrieve_async(
        intent, params={"expand": ["latest_charge.balance_transaction", "payment_method", "customer"]}
    )
    assert read.latest_charge.object == "charge"
    assert read.latest_charge.balance_transaction.source == read.latest_charge.id
    assert (read.payment_method.type, read.customer) == ("card", None)
    page = await stripe_sdk.charges.list_async(params={"expand": ["data.payment_intent", "data.refunds"]})
    assert page.data[0].payment_intent.id == intent
    assert page.data[0].refunds.data == []


@pytest.mark.parametrize("path", ["amount", "latest_charge.amount", "a.b.c.d.e", "data.latest_charge"])
async def test_what_names_nothing_cannot_be_expanded(stripe_sdk: Any, stripe_sim: Any, path: str) -> None:
    (intent,) = await intents(stripe_sdk, 1)
    stripe_sim.intent(intent)
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        await stripe_sdk.payment_intents.retrieve_async(intent, params={"expand": [path]})


async def test_the_balance_is_the_sum_of_its_lines(stripe_sdk: Any, stripe_sim: Any) -> None:
    (intent,) = await intents(stripe_sdk, 1)
    stripe_sim.intent(intent)
    await stripe_sdk.refunds.create_async(params={"payment_intent": intent, "amount": 400})
    lines = await stripe_sdk.balance_transactions.list_async()
    assert [(line.type, line.amount, line.net) for line in lines.data] == [
        ("refund", -400, -400),
        ("charge", 1000, 976),
    ]
    assert (await stripe_sdk.balance.retrieve_async()).pending[0].amount == 576
    stripe_sim.post("clock/advance", {"seconds": 3 * 24 * 3600})
    assert (await stripe_sdk.balance.retrieve_async()).available[0].amount == 576


async def test_events_are_listed_by_kind_and_by_their_delivery(
    stripe_sdk: Any, stripe_sim: Any, inbox: Any, eventually: Any
) -> None:
    (intent,) = await intents(stripe_sdk, 1)
    eventually(lambda: len(inbox.received) == 1)
    stripe_sim.intent(intent, webhooks={"deliver": False})
    missed = await stripe_sdk.events.list_async(
        params={"delivery_success": False, "types": ["payment_intent.succeeded", "charge.refunded"]}
    )
    assert [event.type for event in missed.data] == ["payment_intent.succeeded"]
    assert (missed.data[0].data.object.id, missed.data[0].pending_webhooks) == (intent, 1)
    told = await stripe_sdk.events.list_async(params={"delivery_success": True, "type": "payment_intent.*"})
    assert [event.type for event in told.data] == ["payment_intent.created"]
    assert (await stripe_sdk.events.retrieve_async(told.data[0].id)).pending_webhooks == 0
