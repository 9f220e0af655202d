"""Reads through the real SDK: windows of time, filters, pages, and what `expand[]` adds."""

from __future__ import annotations

import time
from typing import Any

import pytest
import razorpay
import requests

RUPEES_354 = {"amount": 35400, "currency": "INR"}
ALL = {"count": 100}


def ids(listed: dict[str, Any]) -> list[str]:
    assert listed["entity"] == "collection"
    assert listed["count"] == len(listed["items"])
    return [item["id"] for item in listed["items"]]


def orders_of(sdk: Any, number: int, **more: object) -> list[str]:
    """Ids, newest first."""
    return [str(sdk.order.create({**RUPEES_354, **more})["id"]) for _ in range(number)][::-1]


def test_orders_are_filtered_before_they_are_paged(sdk: Any, sim: Any) -> None:
    paid = orders_of(sdk, 1)
    sim.pay(paid[0])
    open_ones = orders_of(sdk, 11)
    assert ids(sdk.order.all({"authorized": 1})) == paid
    assert ids(sdk.order.all({"authorized": 0, "count": 4, "skip": 9})) == open_ones[9:]


def test_orders_of_a_receipt_come_in_pages_and_windows_too(sdk: Any, sim: Any) -> None:
    earlier = orders_of(sdk, 1, receipt="BK-1")
    sim.post("clock/advance", {"seconds": 600})
    later = orders_of(sdk, 12, receipt="BK-1")
    orders_of(sdk, 1, receipt="BK-2")
    assert ids(sdk.order.all({"receipt": "BK-1"})) == later[:10]
    assert ids(sdk.order.all({"receipt": "BK-1", "count": 3, "skip": 11})) == [*later[11:], *earlier]
    assert ids(sdk.order.all({"receipt": "BK-1", "to": int(time.time()) + 300})) == earlier
    sim.pay(later[5])
    assert ids(sdk.order.all({"receipt": "BK-1", "authorized": 1})) == [later[5]]


def test_payments_are_listed_by_window_and_page(sdk: Any, sim: Any) -> None:
    order_id = orders_of(sdk, 1)[0]
    first = [sim.pay(order_id, "failed")["razorpay_payment_id"] for _ in range(3)][::-1]
    sim.post("clock/advance", {"seconds": 3600})
    second = [sim.pay(order_id, "failed")["razorpay_payment_id"] for _ in range(3)][::-1]
    middle = int(time.time()) + 1800
    assert ids(sdk.payment.all()) == [*second, *first]
    assert ids(sdk.payment.all({"from": middle})) == second
    assert ids(sdk.payment.all({"to": middle, "skip": 1, "count": 1})) == first[1:2]
    assert ids(sdk.payment.all({"from": middle, "to": middle})) == []


def test_refunds_of_a_payment_are_listed_ten_at_a_time(sdk: Any, sim: Any) -> None:
    payment_id = sim.pay(orders_of(sdk, 1)[0])["razorpay_payment_id"]
    made = [sdk.payment.refund(payment_id, {"amount": 100})["id"] for _ in range(12)][::-1]
    assert ids(sdk.payment.fetch_multiple_refund(payment_id)) == made[:10]
    assert ids(sdk.payment.fetch_multiple_refund(payment_id, {"count": 5, "skip": 10})) == made[10:]
    assert ids(sdk.payment.fetch_multiple_refund(payment_id, {"to": int(time.time()) - 3600})) == []
    assert ids(sdk.refund.all({"skip": 11})) == made[11:]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"count": 0}, "The count must be at least 1."),
        ({"count": 101}, "The count may not be greater than 100."),
        ({"count": "ten"}, "The count must be an integer."),
        ({"skip": -1}, "The skip must be an integer."),
        ({"from": 1}, "from must be between 946684800 and 4765046400"),
        ({"to": 4765046401}, "to must be between 946684800 and 4765046400"),
    ],
)
def test_a_window_that_is_none_is_refused_by_every_list(sdk: Any, sim: Any, query: Any, words: str) -> None:
    payment_id = sim.pay(orders_of(sdk, 1)[0])["razorpay_payment_id"]

    def refunds_of_payment(asked: Any) -> Any:
        return sdk.payment.fetch_multiple_refund(payment_id, asked)

    for read in (sdk.order.all, sdk.payment.all, sdk.refund.all, refunds_of_payment):
        with pytest.raises(razorpay.errors.BadRequestError, match=words):
            read(query)


def test_orders_show_their_payments_and_their_cards_where_they_are_expanded(sdk: Any, sim: Any) -> None:
    order_id = orders_of(sdk, 1)[0]
    payment = sdk.payment.fetch(sim.pay(order_id, method="card")["razorpay_payment_id"])
    assert "payments" not in sdk.order.fetch(order_id)
    with_cards = sdk.order.fetch(order_id, {"expand[]": "payments.card"})["payments"]
    assert with_cards["items"] == [payment]
    without = sdk.order.all({"expand[]": "payments"})["items"][0]["payments"]["items"][0]
    assert payment == {**without, "card": payment["card"]}
    both = sdk.order.fetch(order_id, {"expand[]": ["payments", "transfers"]})
    assert both["payments"]["count"] == 1
    assert both["transfers"]["items"] == []


def test_payments_show_offers_instalments_and_refunds_where_they_are_expanded(sdk: Any, sim: Any) -> None:
    order_id = orders_of(sdk, 1)[0]
    payment_id = sim.pay(order_id, method="emi", offer="offer_MarqueeSim0001")["razorpay_payment_id"]
    refund = sdk.payment.refund(payment_id, {"amount": 100})
    plain = sdk.payment.fetch(payment_id)
    assert not {"emi", "offers", "refunds"} & set(plain)
    full = sdk.payment.fetch(payment_id, {"expand[]": ["card", "emi", "offers", "refunds"]})
    assert full["offers"] == {"entity": "collection", "count": 1, "items": [{"id": "offer_MarqueeSim0001"}]}
    assert full["refunds"]["items"] == [refund]
    assert (full["emi"]["issuer"], full["card"]["emi"]) == ("HDFC", True)
    assert sdk.payment.all({"expand[]": "emi"})["items"] == [{**plain, "emi": full["emi"]}]
    assert sdk.order.payments(order_id, {"expand[]": "offers"})["items"] == [{**plain, "offers": full["offers"]}]


def test_an_unknown_expansion_is_refused_with_the_known_ones(sdk: Any, sim: Any) -> None:
    with pytest.raises(razorpay.errors.BadRequestError, match="must be one of following types: card, emi, transaction"):
        sdk.payment.all({"expand[]": ["card", "cards"]})
    assert sdk.seen.body["error"]["field"] == "expand.1"
    with pytest.raises(razorpay.errors.BadRequestError, match=r"types: payments, payments\.card, transfers"):
        sdk.order.all({"expand[]": "card"})


def test_a_path_may_end_with_a_slash_as_in_the_providers_examples(sdk: Any, sim: Any) -> None:
    payment_id = sim.pay(orders_of(sdk, 1)[0])["razorpay_payment_id"]
    url = f"{sim.url}/v1/payments/{payment_id}/?expand[]=offers"
    assert requests.get(url, auth=sdk.auth, timeout=60).json()["offers"]["count"] == 0
