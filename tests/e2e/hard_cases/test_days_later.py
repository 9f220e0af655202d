"""Days that pass at the provider: its clock is far ahead of ours, and nothing is missed for that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.conftest import until
from tests.e2e.hard_cases.scenes import A_CASE_SECONDS, Json, Scene

A_DAY = 86_400


@asynccontextmanager
async def later(scene: Scene, days: int) -> AsyncIterator[None]:
    """So many days later at the provider; other tests find its clock as it was."""
    await scene.provider.control("clock/advance", seconds=days * A_DAY)
    yield
    await scene.provider.control("clock/advance", seconds=-days * A_DAY)


async def test_what_was_authorized_and_never_captured_is_no_booking_and_the_bank_gives_it_back(scene: Scene) -> None:
    """An authorisation lapses after some days; nothing was ever ours."""
    buyer, _, order = await scene.ordered("A1")
    await scene.provider.pay(order.id, "authorized")

    async def authorized() -> bool:
        payment = (await buyer.call("GET", f"/api/payments/{order.payment_id}")).body
        return bool(payment["status"] == "authorized")

    await until(authorized, seconds=60)

    async def lapsed() -> bool:
        payment = (await buyer.call("GET", f"/api/payments/{order.payment_id}")).body
        return bool(payment["status"] in {"failed", "created"})

    async with later(scene, 8):
        await until(lapsed, seconds=120)
    assert (await buyer.booking(order.booking_id)).body["status"] in {"pending", "expired"}
    assert await scene.provider.refunds(order.id) == []
    assert await scene.cases(order) == {}


async def test_with_the_providers_clock_days_ahead_money_and_refunds_of_which_nobody_tells_are_found(
    scene: Scene,
) -> None:
    """Numbers 17 and 20, after a day in which our endpoint was dead."""

    async def opened() -> Json | None:
        return (await scene.cases(order)).get("refund_by_hand")

    async with later(scene, 1):
        buyer, _, order = await scene.ordered("A1")
        paid = await scene.provider.pay(order.id, webhooks={"drop": 1})
        await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded", tickets=1)
        await scene.provider.refund_by_hand(paid.id, 100, webhooks={"deliver": False})
        assert (await until(opened, seconds=A_CASE_SECONDS))["amount"] == 100


@pytest.mark.parametrize("scene", ["razorpay"], indirect=True)
async def test_a_bank_that_answers_days_later_brings_a_booking_or_the_money_back(scene: Scene) -> None:
    """Number 6: the guest gave up long ago."""
    buyer, held, order = await scene.ordered("A1", "A2")
    failed = await scene.provider.pay(order.id, "failed")
    assert (await buyer.with_retries("DELETE", f"/api/seats/hold/{held['id']}")).status == 204
    async with later(scene, 2):
        await scene.provider.control(f"payments/{failed.id}/authorize-late", webhooks={"deliver": False})
        await scene.ends(buyer, order, "confirmed", seats="ssaa", payment="succeeded", tickets=1)
