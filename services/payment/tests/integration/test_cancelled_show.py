"""A show with many bookings is cancelled: all their money goes back at the provider's pace, each once."""

import asyncio
from typing import Any

from services.payment.tests.factories import refund_due
from services.payment.tests.integration.harness import Service, Start

from contracts.sale import Sale

BOOKINGS, A_SECOND = 24, 6


async def _paid(service: Service) -> list[tuple[Sale, str]]:
    batches = [await asyncio.gather(*(service.paid_sale() for _ in range(6))) for _ in range(BOOKINGS // 6)]
    return [sold for batch in batches for sold in batch]


async def _ledger(service: Service) -> list[dict[str, Any]]:
    refunds: list[dict[str, Any]] = await service.simulator.ledger("refunds")
    return refunds


async def test_refunds_of_a_cancelled_show_go_out_each_once_over_a_restart_though_the_provider_has_no_time(
    start: Start,
) -> None:
    async with start() as service:
        sold = await _paid(service)
        await service.simulator.post("/faults", route="POST /v1/payments/*/refund", kind="rate", value=A_SECOND)
        for sale, capture_id in sold:
            await service.publish(refund_due(sale, capture_id))
        await service.until(lambda: _some(service, BOOKINGS // 3))
    async with start() as service:
        for sale, _ in sold:
            await service.refunds_done(sale)
        refunds = await _ledger(service)
        assert sorted(refund["payment_id"] for refund in refunds) == sorted(capture_id for _, capture_id in sold)
        assert {refund["amount"] for refund in refunds} == {35_400}


async def _some(service: Service, number: int) -> bool:
    return len(await _ledger(service)) >= number
