"""What differs between the provider's books and the stored document, and is corrected there by hand."""

from services.payment.tests.factories import confirmed
from services.payment.tests.integration.harness import Start


async def test_a_paisa_changed_in_the_document_is_a_case_until_it_is_corrected_there(start: Start) -> None:
    async with start(reconcile_window_seconds=0.2) as service:
        sale, capture_id = await service.paid_sale()
        await service.publish(confirmed(sale, capture_id))
        of_sale = {"_id": sale.payment_id}
        for amount, is_open in ((35_401, True), (35_400, False)):
            await service.mongo["payments"].update_one(of_sale, {"$set": {"captures.0.amount": amount}})

            async def as_it_is(expected: bool = is_open) -> bool:
                return await service.cases(sale) == [("drift", expected)]

            await service.until(as_it_is)
