"""A guest written against the client that openapi-python-client makes: buys two seats and cancels them.

buy.py GATEWAY PROVIDER SHOWTIME
"""

import sys
import time
from uuid import uuid4

import httpx
from marquee_client import AuthenticatedClient, Client
from marquee_client.api.auth import register
from marquee_client.api.bookings import cancel_booking, confirm_booking
from marquee_client.api.payments import create_order
from marquee_client.api.seats import get_availability, hold_seats
from marquee_client.models.availability import Availability
from marquee_client.models.booking import Booking
from marquee_client.models.create_order import CreateOrder
from marquee_client.models.hold import Hold
from marquee_client.models.new_hold import NewHold
from marquee_client.models.order import Order
from marquee_client.models.payment_pending_problem import PaymentPendingProblem
from marquee_client.models.razorpay_confirmation import RazorpayConfirmation
from marquee_client.models.registration import Registration
from marquee_client.models.seats_unavailable_problem import SeatsUnavailableProblem
from marquee_client.models.service_unavailable_problem import ServiceUnavailableProblem
from marquee_client.models.signed_in import SignedIn

_AGAIN = (PaymentPendingProblem, ServiceUnavailableProblem)


def main(gateway: str, provider: str, showtime: str) -> None:
    """The whole visit."""
    client = signed_in(gateway)
    seats = two_free_seats(client, showtime)
    wish, key = NewHold(showtime_id=showtime, seat_ids=seats), str(uuid4())
    held = hold_seats.sync(client=client, body=wish, idempotency_key=key)
    again = hold_seats.sync_detailed(client=client, body=wish, idempotency_key=key)
    assert isinstance(held, Hold), held
    assert again.parsed == held
    assert again.headers["Idempotency-Replayed"] == "true"
    refused = hold_seats.sync(client=client, body=wish)
    assert isinstance(refused, SeatsUnavailableProblem), refused
    assert (refused.code, refused.seat_ids) == ("seats_unavailable", seats)
    order = create_order.sync(client=client, body=CreateOrder(hold_id=held.id))
    assert isinstance(order, Order), order
    paid = httpx.post(f"{provider}/_sim/orders/{order.order_id}/pay", json={"outcome": "captured"}).json()
    booking = confirmed(client, paid)
    assert [seat.seat_id for seat in booking.seats] == seats
    ended = cancelled(client, booking.id)
    assert ended.status == "cancelled"
    assert ended.refund, ended
    assert ended.refund.amount == booking.amount
    sys.stdout.write(booking.id)


def signed_in(gateway: str) -> AuthenticatedClient:
    """A client with the token of a new guest."""
    name = str(uuid4())
    body = Registration(name="A Python guest", email=f"{name}@guests.test", password=f"secret {name}")
    session = register.sync(client=Client(base_url=gateway), body=body)
    assert isinstance(session, SignedIn), session
    return AuthenticatedClient(base_url=gateway, token=session.access_token)


def two_free_seats(client: AuthenticatedClient, showtime: str) -> list[str]:
    """The first two that nobody has."""
    found = get_availability.sync(client=client, showtime_id=showtime)
    assert isinstance(found, Availability), found
    return [seat.seat_id for seat in found.seats if seat.status == "available"][:2]


def confirmed(client: AuthenticatedClient, paid: dict[str, str]) -> Booking:
    """The booking once payment and seats have settled."""
    body = RazorpayConfirmation(
        order_id=paid["razorpay_order_id"],
        razorpay_payment_id=paid["razorpay_payment_id"],
        razorpay_signature=paid["razorpay_signature"],
    )
    while True:
        answer = confirm_booking.sync_detailed(client=client, body=body)
        if isinstance(answer.parsed, Booking) and answer.status_code == 200:
            return answer.parsed
        assert isinstance(answer.parsed, (Booking, *_AGAIN)), answer
        time.sleep(float(answer.headers.get("Retry-After", "1")))


def cancelled(client: AuthenticatedClient, booking: str) -> Booking:
    """The booking as it is after cancelling it."""
    while True:
        answer = cancel_booking.sync(client=client, booking_id=booking)
        if isinstance(answer, Booking):
            return answer
        assert isinstance(answer, ServiceUnavailableProblem), answer


main(*sys.argv[1:])
