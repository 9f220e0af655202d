"""Stripe's arithmetic, forms and names that need no server."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from stripe import RequestOptions, params

from simulators.stripe import refunds
from simulators.stripe.errors import Refusal
from simulators.stripe.events import signature
from simulators.stripe.forms import Params, decoded
from simulators.stripe.intents import KNOWN


def test_the_signature_is_the_documented_one() -> None:
    body = '{"id":"evt_1"}'
    signed = signature("whsec_test", 1700000000, body)
    assert signed == "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
    header = f"t=1700000000,v1={signed}"
    assert stripe.WebhookSignature.verify_header(body, header, "whsec_test", tolerance=10**9)


def test_brackets_are_objects_and_numbers_in_them_lists() -> None:
    pairs = [
        ("a[b][0][c]", "1"),
        ("a[b][1][c]", "2"),
        ("expand[0]", "x"),
        ("expand[1]", "y"),
        ("types[]", "z"),
        ("d", ""),
    ]
    assert decoded(pairs) == {
        "a": {"b": {"0": {"c": "1"}, "1": {"c": "2"}}},
        "expand": {"0": "x", "1": "y"},
        "types": {"0": "z"},
        "d": "",
    }
    assert Params(decoded(pairs)).listed("expand") == ["x", "y"]


@pytest.mark.parametrize("name", ["", "[a]", "a[b", "a]b["])
def test_a_name_with_broken_brackets_is_refused(name: str) -> None:
    with pytest.raises(Refusal):
        decoded([(name, "1")])


@pytest.mark.parametrize("pairs", [[("a", "1"), ("a[b]", "2")], [("a[b]", "1"), ("a[b][c]", "2")]])
def test_a_value_is_no_object_as_well(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Refusal):
        decoded(pairs)


@pytest.mark.parametrize(
    ("known", "of_the_sdk"),
    [
        (KNOWN["create"], params.PaymentIntentCreateParams),
        (KNOWN["update"], params.PaymentIntentUpdateParams),
        (KNOWN["confirm"], params.PaymentIntentConfirmParams),
        (KNOWN["capture"], params.PaymentIntentCaptureParams),
        (KNOWN["cancel"], params.PaymentIntentCancelParams),
        (refunds.CREATE, params.RefundCreateParams),
    ],
)
def test_every_parameter_that_the_sdk_knows_is_known(known: frozenset[str], of_the_sdk: Any) -> None:
    assert set(of_the_sdk.__annotations__) - set(RequestOptions.__annotations__) <= known
