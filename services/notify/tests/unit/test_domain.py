"""How long a delivery is stored once it has ended, and when it is no longer true."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from services.notify.tests.factories import (
    START,
    a_booking_id,
    a_show,
    issued,
    money_back,
    password_reset,
    rescheduled,
    resend,
    seats_cancelled,
    seats_moved,
)

from contracts.booking import TicketIssued
from notify.domain import STAYS_FOR, ChannelName, Delivery, RelatedDelivery
from notify.outlines import is_outdated, outline_of
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


@pytest.mark.parametrize("make", [issued, seats_cancelled, seats_moved])
@pytest.mark.parametrize("make_newer", [seats_cancelled, seats_moved])
def test_of_two_tickets_that_waited_only_the_newer_is_sent(
    make: Callable[..., TicketIssued], make_newer: Callable[..., TicketIssued]
) -> None:
    booking_id = a_booking_id()
    older, newer = a_delivery(make(booking_id, version=5)), a_delivery(make_newer(booking_id, version=6))
    assert is_outdated(older, [related(newer)])
    assert not is_outdated(newer, [related(older)])


def test_a_ticket_that_waited_tells_of_the_show_as_a_newer_delivery_has_it() -> None:
    booking_id, moved = a_booking_id(), a_show(start_at=START + timedelta(hours=3))
    ticket, move = a_delivery(issued(booking_id, version=3)), related(a_delivery(rescheduled(booking_id)))
    newer = replace(move, booking_version=4, show=moved)
    outline = outline_of(ticket, [newer, related(ticket)])
    assert (outline.show, outline.moves) == (moved, 1)
    older = outline_of(ticket, [replace(newer, booking_version=2)])
    assert older.show == a_show()


def test_a_link_that_works_no_longer_is_not_sent() -> None:
    event = password_reset()
    assert not is_too_late(a_delivery(event), event.expires_at - timedelta(seconds=1))
    assert is_too_late(a_delivery(event), event.expires_at)
