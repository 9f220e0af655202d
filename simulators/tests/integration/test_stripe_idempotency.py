"""Idempotency keys and what breaks: the same answer for a day, refusals that stay, faults that come and go."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import stripe

SALE = {"amount": 35400, "currency": "inr"}


async def made(sdk: Any, key: str, **more: Any) -> Any:
    return await sdk.payment_intents.create_async(params={**SALE, **more}, options={"idempotency_key": key})


async def test_a_key_is_answered_the_same_again(stripe_sdk: Any, stripe_sim: Any) -> None:
    first, again = await made(stripe_sdk, "order-1"), await made(stripe_sdk, "order-1")
    assert again.to_dict() == first.to_dict()
    assert "idempotent-replayed" not in first.last_response.headers
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert len(stripe_sim.get("ledger")["payment_intents"]) == 1


async def test_a_key_of_another_request_is_refused(stripe_sdk: Any) -> None:
    await made(stripe_sdk, "order-1")
    with pytest.raises(stripe.IdempotencyError) as caught:
        await made(stripe_sdk, "order-1", amount=35500)
    assert caught.value.http_status == 400


async def test_a_key_replays_the_intent_that_was_cancelled_since(stripe_sdk: Any) -> None:
    first = await made(stripe_sdk, "order-1")
    await stripe_sdk.payment_intents.cancel_async(first.id)
    replayed = await made(stripe_sdk, "order-1")
    assert (replayed.id, replayed.status) == (first.id, "requires_payment_method")
    assert (await stripe_sdk.payment_intents.retrieve_async(first.id)).status == "canceled"


async def test_after_a_day_a_key_is_free(stripe_sdk: Any, stripe_sim: Any) -> None:
    first = await made(stripe_sdk, "order-1")
    stripe_sim.post("clock/advance", {"seconds": 24 * 3600 + 1})
    assert (await made(stripe_sdk, "order-1", amount=500)).id != first.id


async def test_a_request_that_was_never_begun_uses_no_key_up(stripe_sdk: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await made(stripe_sdk, "order-1", colour="red")
    assert (await made(stripe_sdk, "order-1")).amount == 35400


async def test_a_refusal_by_what_the_objects_are_stays(stripe_sdk: Any, stripe_sim: Any) -> None:
    intent = await made(stripe_sdk, "order-1")
    stripe_sim.intent(intent.id)
    stripe_sim.post("balance", {"amount": 0})

    async def refund(key: str) -> Any:
        return await stripe_sdk.refunds.create_async(
            params={"payment_intent": intent.id}, options={"idempotency_key": key}
        )

    with pytest.raises(stripe.InvalidRequestError) as caught:
        await refund("refund-1")
    assert caught.value.code == "insufficient_balance"
    stripe_sim.post("balance", {"amount": None})
    with pytest.raises(stripe.InvalidRequestError):
        await refund("refund-1")
    assert (await refund("refund-2")).amount == 35400


async def test_a_key_at_work_is_409(stripe_sdk: Any, stripe_sim: Any, eventually: Any) -> None:
    stripe_sim.fault(route="POST /v1/payment_intents", kind="latency", value=1500, times=1)
    first = asyncio.create_task(made(stripe_sdk, "order-1"))
    await asyncio.to_thread(eventually, lambda: len(stripe_sim.get("calls")) == 1)
    with pytest.raises(stripe.APIError) as caught:
        await made(stripe_sdk, "order-1")
    assert (await first).amount == 35400
    error: Any = caught.value
    assert (error.http_status, error.json_body["error"]["code"]) == (409, "idempotency_key_in_use")


async def test_a_key_of_more_than_255_characters_is_refused(stripe_sdk: Any) -> None:
    with pytest.raises(stripe.StripeError) as caught:
        await made(stripe_sdk, "k" * 256)
    assert caught.value.http_status == 400


@pytest.mark.parametrize("kind", ["reset_after", "timeout_after_commit"])
async def test_a_lost_answer_is_given_again_to_the_same_key(stripe_sdk: Any, stripe_sim: Any, kind: str) -> None:
    stripe_sim.fault(route="POST /v1/payment_intents", kind=kind, value=200, times=1)
    with pytest.raises(stripe.APIConnectionError):
        await made(stripe_sdk, "order-1")
    assert (await made(stripe_sdk, "order-1")).last_response.headers["idempotent-replayed"] == "true"
    assert len(stripe_sim.get("ledger")["payment_intents"]) == 1


@pytest.mark.parametrize("kind", ["reset_before", "hang"])
async def test_a_call_that_was_never_taken_leaves_nothing(stripe_sdk: Any, stripe_sim: Any, kind: str) -> None:
    stripe_sim.fault(kind=kind, value=200, times=1)
    with pytest.raises(stripe.APIConnectionError):
        await made(stripe_sdk, "order-1")
    assert stripe_sim.get("ledger")["payment_intents"] == []
    assert "idempotent-replayed" not in (await made(stripe_sdk, "order-1")).last_response.headers


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, stripe.InvalidRequestError),
        (401, stripe.AuthenticationError),
        (403, stripe.PermissionError),
        (404, stripe.InvalidRequestError),
        (409, stripe.APIError),
        (429, stripe.RateLimitError),
        (500, stripe.APIError),
        (502, stripe.APIError),
        (503, stripe.APIError),
        (504, stripe.APIError),
    ],
)
async def test_each_status_is_the_exception_of_its_kind(
    stripe_sdk: Any, stripe_sim: Any, status: int, error: type[stripe.StripeError]
) -> None:
    stripe_sim.fault(kind="status", value=status, times=1)
    with pytest.raises(stripe.StripeError) as caught:
        await made(stripe_sdk, "order-1")
    assert type(caught.value) is error
    assert (caught.value.http_status, caught.value.request_id is not None) == (status, True)


@pytest.mark.parametrize(
    "fault", [{"kind": "html"}, {"kind": "html", "value": 200}, {"kind": "status", "body": "empty"}]
)
async def test_an_answer_that_is_no_json_is_an_api_error(
    stripe_sdk: Any, stripe_sim: Any, fault: dict[str, Any]
) -> None:
    stripe_sim.fault(**fault, times=1)
    with pytest.raises(stripe.APIError):
        await made(stripe_sdk, "order-1")


async def test_the_sdk_repeats_a_call_by_itself_under_one_key(stripe_at: Any, stripe_sim: Any) -> None:
    stripe_sim.fault(kind="status", value=503, times=1)
    sdk = stripe_at(stripe_sim.url).v1
    await sdk.payment_intents.create_async(params=SALE, options={"max_network_retries": 2})
    keys = [call["idempotencyKey"] for call in stripe_sim.get("calls")]
    assert len(keys) == 2
    assert len(set(keys)) == 1


async def test_calls_are_logged_as_they_came(stripe_sdk: Any, stripe_sim: Any) -> None:
    await made(stripe_sdk, "order-1", metadata={"booking": "b 1"})
    (call,) = stripe_sim.get("calls")
    assert (call["method"], call["path"], call["status"]) == ("POST", "/v1/payment_intents", 200)
    assert (call["idempotencyKey"], call["body"]) == (
        "order-1",
        "amount=35400&currency=inr&metadata[booking]=b+1",
    )
