"""A sale in a hard case: what its guest and its provider do, and the end state in everybody's books."""

from dataclasses import dataclass
from typing import Any

from tests.conftest import until
from tests.e2e.hard_cases.providers import Order, Paid, Razorpay, Stripe

from stack.buyer import Answer, Buyer, StackClient

Json = dict[str, Any]
MOST_SECONDS = 120.0
"""What is promised of lost webhooks and of refunds that were refused."""
A_CASE_SECONDS = 60.0


@dataclass
class Scene:
    """One showtime of four seats in one row, `A1` to `A4`, and a provider."""

    client: StackClient
    provider: Razorpay | Stripe
    showtime: str

    async def ordered(self, *seats: str) -> tuple[Buyer, Json, Order]:
        """A new guest, their hold and its open order."""
        buyer = await self.client.buyer()
        held = await buyer.hold(self.showtime, list(seats))
        assert held.status == 201, held
        opened = await self.provider.opened(buyer, held.body["id"])
        assert opened.status == 201, opened
        return buyer, held.body, self.provider.order_of(opened)

    async def bought(self, *seats: str) -> tuple[Buyer, Order, Paid]:
        """A new guest with a confirmed booking."""
        buyer, _, order = await self.ordered(*seats)
        paid = await self.provider.pay(order.id)
        assert (await self.decided(buyer, paid)).status == 200
        return buyer, order, paid

    async def confirm(self, buyer: Buyer, paid: Paid) -> Answer:
        """What the page asks."""
        return await buyer.with_retries("POST", "/api/bookings/confirm", dict(paid.proof))

    async def decided(self, buyer: Buyer, paid: Paid) -> Answer:
        """The same, again while the payment or the seats still settle."""

        async def verdict() -> Answer | None:
            answer = await self.confirm(buyer, paid)
            return None if answer.status == 202 or answer.code == "payment_pending" else answer

        answer: Answer = await until(verdict, seconds=MOST_SECONDS)
        return answer

    async def seats(self) -> str:
        """A letter for each seat."""
        return str((await self.client.call("GET", f"/api/seats/state?showtimeId={self.showtime}")).body["state"])

    async def mails(self, buyer: Buyer) -> list[Json]:
        """All that the guest got about bookings."""
        return await self.client.mails(buyer.user["email"])

    async def tickets(self, buyer: Buyer) -> int:
        """How many of them bring a ticket."""
        kinds = [{one["contentType"] for one in mail["attachments"]} for mail in await self.mails(buyer)]
        return sum(bool(found & {"application/pdf", "image/png"}) for found in kinds)

    async def cases(self, order: Order, *, is_open: bool = True) -> dict[str, Json]:
        """The cases about a payment, by kind."""
        path = f"/api/admin/cases?open={str(is_open).lower()}&pageSize=100"
        listed = await self.client.with_retries("GET", path, token=await self.client.admin())
        return {case["kind"]: case for case in listed.body["items"] if case["paymentId"] == order.payment_id}

    async def ends(
        self,
        buyer: Buyer,
        order: Order,
        status: str,
        *,
        seats: str,
        payment: str,
        refunded: int | None = None,
        tickets: int | None = None,
        of: str | None = None,
        seconds: float = MOST_SECONDS,
    ) -> Json:
        """Wait until the books of all say so, and give the booking: its status, the letters of all seats, the payment's
        status, what went back of it at its provider (`of`: another payment there than the booking's), and how many
        mails brought a ticket."""
        last: Any = None

        async def done() -> Json | None:
            nonlocal last
            booking = (await buyer.booking(order.booking_id)).body
            paid = (await buyer.call("GET", f"/api/payments/{order.payment_id}")).body
            back = sum(
                amount
                for amount, state in await self.provider.refunds(of or paid.get("providerRef", ""))
                if state != "failed"
            )
            sent = await self.tickets(buyer)
            last = (booking.get("status"), await self.seats(), paid.get("status"), back, sent)
            wanted = (status, seats, payment, refunded or 0, sent if tickets is None else tickets)
            return booking if last == wanted else None

        try:
            return dict(await until(done, seconds=seconds))
        except TimeoutError:
            raise AssertionError(f"{order}: {last}") from None
