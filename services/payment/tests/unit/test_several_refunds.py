"""Several refunds of one capture, each under its key: seats cancelled one after the other, and the end of a booking."""

from itertools import permutations

import pytest
from services.payment.tests.factories import NOTHING, ORDER, SALE, a_capture, a_refund, a_request

from contracts.payment import PaymentRefunded
from payment.advance import REFUND, advance
from payment.domain import Fact, RefundRequest
from payment.record import record

PART = a_request(100).model_copy(update={"key": "refund_pay_w_1"})
OTHER = a_request(150).model_copy(update={"key": "refund_pay_w_2"})
END = a_request(250).model_copy(update={"key": "refund_pay_w"})
REQUESTS = (PART, OTHER, END)
PAID: tuple[Fact, ...] = (SALE, ORDER, a_capture())  # 500


def owed(*facts: Fact) -> dict[str, tuple[str, int]]:
    """Status and amount of each refund, by its key."""
    refunds = advance(record(NOTHING, *PAID, *facts)).refunds
    return {refund.key: (refund.status, refund.amount) for refund in refunds}


def made(request: RefundRequest, number: int) -> Fact:
    return a_refund(f"rfnd_{number}", request.key, "pay_w", "processed", request.amount)


def test_each_is_due_and_done_by_itself_in_whatever_order_they_are_made() -> None:
    assert owed(*REQUESTS) == {request.key: ("due", request.amount) for request in REQUESTS}
    for order in permutations(REQUESTS):
        facts: list[Fact] = [*REQUESTS]
        for number, request in enumerate(order):
            assert owed(*facts)[request.key] == ("due", request.amount)
            facts.append(made(request, number))
            assert owed(*facts)[request.key] == ("done", request.amount)
        assert advance(record(NOTHING, *PAID, *facts)).status == "refunded"


def test_each_is_said_under_its_key_and_none_is_tried_again_for_anothers_sake() -> None:
    consequences = advance(record(NOTHING, *PAID, *REQUESTS, made(OTHER, 1)))
    [refunded] = [event for event in consequences.events.values() if isinstance(event, PaymentRefunded)]
    assert (refunded.refund_key, refunded.amount, refunded.number) == (OTHER.key, OTHER.amount, 1)
    due = {task for task in consequences.tasks if task.startswith(REFUND)}
    assert due == {f"{REFUND}{PART.key}", f"{REFUND}{END.key}"}


@pytest.mark.parametrize(("by_hand", "left"), [(100, 150), (250, 0), (500, 0)])
def test_what_went_back_by_hand_is_taken_from_what_is_left_of_the_capture(by_hand: int, left: int) -> None:
    hand = a_refund("rfnd_h", None, "pay_w", "processed", by_hand)
    facts = owed(PART, END, OTHER, made(PART, 1), made(OTHER, 2), hand) if by_hand <= 250 else owed(END, hand)
    assert facts[END.key][1] == left
