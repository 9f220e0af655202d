"""HTTP bodies for who works at a theater."""

from typing import Annotated

from pydantic import Field

from booking.domain.cancelling import RefundChoice
from booking.domain.support import SupportRefund
from booking.schemas import SeatId
from chassis.bodies import RequestBody
from chassis.text import Paragraph
from contracts.ids import UserId

Reason = Annotated[str, Field(min_length=1, max_length=500), Paragraph]
RefundAmount = Annotated[int, Field(strict=True, ge=1, le=10**12, description="minor units")]


class TheaterCancelBody(RequestBody):
    """Why the theater cancels, and what goes back: all that is left, what the policy gives now, or nothing."""

    reason: Reason
    refund: RefundChoice


class SupportRefundBody(RequestBody):
    """Why money goes back, how much of it, and for which seats: all that is left where nothing else is said."""

    reason: Reason
    amount: RefundAmount | None = None
    seat_ids: Annotated[list[SeatId], Field(min_length=1, max_length=50)] | None = None

    def refund(self, user_id: str) -> SupportRefund:
        """As this user grants it."""
        return SupportRefund(UserId(user_id), self.reason, self.amount, tuple(self.seat_ids or ()))
