"""What explains a capture that differs from its order, and what follows where the account is set up for it or not."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.payment.tests.factories import NOW, ORDER, START, a_capture
from services.payment.tests.unit.test_settings import ENVIRONMENT

from chassis.settings import load
from contracts.payment import PaymentSucceeded
from payment.advance import advance
from payment.domain import Difference, Reason
from payment.record import record
from payment.settings import Settings
from payment.usecases.differences import difference_of
from payment.usecases.provider import ProviderPayment

PAID = ProviderPayment("pay_w", "order_1", 500, "INR", "captured", NOW, fee=12)
BOTH: frozenset[Reason] = frozenset({"fee", "offer"})


@pytest.mark.parametrize(
    ("seen", "difference"),
    [
        ({}, None),
        ({"amount": 512}, (12, "fee")),
        ({"amount": 511}, None),
        ({"amount": 513, "payer_bears_fee": True}, None),
        ({"amount": 506, "payer_bears_fee": True}, (6, "fee")),
        ({"amount": 450}, None),
        ({"amount": 450, "offer_ids": ("offer_1",)}, (-50, "offer")),
        ({"amount": 462, "offer_ids": ("offer_1",), "payer_bears_fee": True}, (-38, "offer")),
        ({"amount": 502, "offer_ids": ("offer_1",), "payer_bears_fee": True}, (2, "fee")),
        ({"amount": 513, "offer_ids": ("offer_1",)}, None),
        ({"amount": 512, "fee": None}, None),
        ({"amount": 512, "fee": 0}, None),
        ({"amount": 512, "currency": "USD"}, None),
        ({"offer_ids": ("offer_1",)}, None),
    ],
)
def test_only_the_fee_or_an_offer_explains_a_difference(
    seen: dict[str, Any], difference: tuple[int, str] | None
) -> None:
    explained = difference_of(ORDER, replace(PAID, **seen), BOTH)
    assert (explained and (explained.amount, explained.reason)) == difference


@given(st.integers(1, 2_000), st.none() | st.integers(0, 100), st.booleans(), st.booleans())
def test_no_more_than_the_fee_is_ever_explained(amount: int, fee: int | None, bears: bool, offer: bool) -> None:
    seen = replace(PAID, amount=amount, fee=fee, payer_bears_fee=bears, offer_ids=("offer_1",) if offer else ())
    explained = difference_of(ORDER, seen, BOTH)
    assert explained is None or explained.amount == amount - 500
    if amount > 500 + (fee or 0) or (amount < 500 and not offer):
        assert explained is None


@pytest.mark.parametrize("amount", [512, 450])
def test_what_is_accepted_wins_and_says_what_was_captured_and_why(amount: int) -> None:
    reason = "fee" if amount > 500 else "offer"
    capture = a_capture(amount=amount, difference={"amount": amount - 500, "reason": reason, "accepted": True})
    what_follows = advance(record(START, capture, a_capture("pay_2", amount=500)))
    ((_, event),) = [pair for pair in what_follows.events.items() if pair[0].startswith("payment_succeeded")]
    assert isinstance(event, PaymentSucceeded)
    assert (event.amount, event.sale.quote.total) == (amount, 500)
    assert event.difference is not None
    assert (event.difference.amount, event.difference.reason) == (amount - 500, reason)
    assert [(refund.capture_id, refund.amount) for refund in what_follows.refunds] == [("pay_2", 500)]
    assert what_follows.cases == ()


def test_what_is_not_accepted_goes_back_in_full_and_is_a_case_that_names_the_setting() -> None:
    capture = a_capture(amount=512, difference=Difference(amount=12, reason="fee", accepted=False))
    what_follows = advance(record(START, capture))
    assert [(refund.amount, refund.reason, refund.status) for refund in what_follows.refunds] == [
        (512, "wrong_amount", "due")
    ]
    (case,) = what_follows.cases
    assert (case.kind, case.open) == ("difference_not_accepted", True)
    assert "RAZORPAY_ACCEPTED_DIFFERENCES=fee" in case.detail
    assert not what_follows.awaits_answer


def test_an_accepted_difference_of_another_amount_explains_nothing() -> None:
    capture = a_capture(amount=513, difference=Difference(amount=12, reason="fee", accepted=True))
    assert record(START, capture).winner is None


@pytest.mark.parametrize(("value", "accepted"), [("", set()), ("fee", {"fee"}), (" offer , fee,", {"fee", "offer"})])
def test_an_account_says_which_differences_it_is_set_up_for(
    monkeypatch: pytest.MonkeyPatch, value: str, accepted: set[str]
) -> None:
    for name, known in {**ENVIRONMENT, "RAZORPAY_ACCEPTED_DIFFERENCES": value}.items():
        monkeypatch.setenv(name, known)
    assert load(Settings).providers["razorpay"].accepted_reasons == accepted
    monkeypatch.setenv("RAZORPAY_ACCEPTED_DIFFERENCES", "fees")
    with pytest.raises(SystemExit):
        load(Settings)
