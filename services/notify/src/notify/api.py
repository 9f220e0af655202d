"""HTTP in, for other services: where the messages about a booking stand."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from chassis.auth import Caller, having
from chassis.bodies import Absent, JsonRoute, ResponseBody, json_response
from contracts.event import UtcTime
from notify.domain import ChannelName, Kind, MessageStatus, Status
from notify.store import Deliveries

router = APIRouter(route_class=JsonRoute)
StaffDep = Annotated[Caller, Depends(having("admin", "manager", "staff"))]


class MessageView(ResponseBody):
    """One message to a guest; `at` is when its status became what it is."""

    channel: ChannelName
    kind: Kind
    status: Status
    at: UtcTime
    trace_id: Absent[str] = None

    @classmethod
    def of(cls, message: MessageStatus) -> "MessageView":
        return cls(
            channel=message.channel,
            kind=message.kind,
            status=message.status,
            at=message.at,
            trace_id=message.trace_id,
        )


class MessagesView(ResponseBody):
    """The messages about a booking, oldest first."""

    items: list[MessageView]


@router.get("/internal/bookings/{booking_id}/messages", include_in_schema=False)
async def messages(request: Request, booking_id: str, _caller: StaffDep) -> Response:
    """For booking, which has judged whether this caller may see the booking."""
    deliveries: Deliveries = request.state.deliveries
    return json_response(
        MessagesView(items=[MessageView.of(message) for message in await deliveries.messages(booking_id)])
    )
