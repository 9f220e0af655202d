"""How long a delivery is stored once it has ended, and when it is no longer true."""

from datetime import timedelta

from services.notify.tests.factories import (
    START,
    a_booking_id,
    issued,
    money_back,
    password_reset,
    resend,
    seats_cancelled,
)

from notify.domain import STAYS_FOR, ChannelName, Delivery, RelatedDelivery
from notify.outlines import is_outdated
from notify.triggers import TriggerEvent, expires_at, is_too_late, new_delivery


def test_what_is_about_a_show_to_come_is_stored_until_long_after_it() -> None:
    assert expires_at(issued(a_booking_id()), START - timedelta(days=700)) == START + STAYS_FOR


def test_what_is_about_a_show_that_is_over_or_unknown_is_stored_as_long_after_its_own_end() -> None:
    later = START + timedelta(days=90)
    assert (
        expires_at(issued(a_booking_id()), later) == expires_at(money_back(a_booking_id()), later) == later + STAYS_FOR
    )


def a_delivery(event: TriggerEvent) -> Delivery:
    return new_delivery(ChannelName.MAIL, event, None, START)


def related(delivery: Delivery) -> RelatedDelivery:
    of = {"user_id": None, "reference": None, "show": None, "message_id": None, "ticket": None}
    return RelatedDelivery(
        id=delivery.id,
        channel=delivery.channel,
        kind=delivery.kind,
        booking_version=delivery.booking_version,
        created_at=delivery.created_at,
        **of,
    )


def test_a_ticket_that_was_asked_for_again_does_not_go_out_after_a_newer_one() -> None:
    booking_id = a_booking_id()
    newer = related(a_delivery(seats_cancelled(booking_id, version=5)))
    assert is_outdated(a_delivery(resend(booking_id, version=4)), [newer])
    assert not is_outdated(a_delivery(resend(booking_id, version=6)), [newer])


def test_a_link_that_works_no_longer_is_not_sent() -> None:
    event = password_reset()
    assert not is_too_late(a_delivery(event), event.expires_at - timedelta(seconds=1))
    assert is_too_late(a_delivery(event), event.expires_at)
