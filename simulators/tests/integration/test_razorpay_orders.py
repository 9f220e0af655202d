"""Orders through the real SDK: what is taken, what is refused, and with which words."""

from __future__ import annotations

import re
from typing import Any

import pytest
import razorpay
import requests

RUPEES_354 = {"amount": 35400, "currency": "INR"}
UNKNOWN = "order_" + "A" * 14


def refused(sdk: Any, call: Any, *arguments: Any) -> dict[str, Any]:
    with pytest.raises(razorpay.errors.BadRequestError):
        call(*arguments)
    return {"status": sdk.seen.status, **sdk.seen.body["error"]}


def test_an_order_starts_created_and_is_found_again(sdk: Any) -> None:
    order = sdk.order.create({**RUPEES_354, "receipt": "BK-1", "notes": {"booking_id": "1001"}})
    assert sdk.seen.status == 200
    assert re.fullmatch(r"order_[A-Za-z0-9]{14}", order["id"])
    assert order | {"id": "", "created_at": 0} == {
        "id": "",
        "entity": "order",
        "amount": 35400,
        "amount_paid": 0,
        "amount_due": 35400,
        "currency": "INR",
        "receipt": "BK-1",
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": {"booking_id": "1001"},
        "created_at": 0,
    }
    assert sdk.order.fetch(order["id"]) == order
    assert sdk.order.all({"receipt": "BK-1"})["items"] == [order]


def test_empty_notes_come_back_as_a_list(sdk: Any) -> None:
    assert sdk.order.create({**RUPEES_354, "notes": {}})["notes"] == []


def test_notes_can_be_changed_and_nothing_else(sdk: Any) -> None:
    order = sdk.order.create(RUPEES_354)
    assert sdk.order.edit(order["id"], {"notes": {"seat": "C7"}})["notes"] == {"seat": "C7"}
    assert refused(sdk, sdk.order.edit, order["id"], {"amount": 1})["reason"] == "extra_field_sent"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": 99}, "Order amount less than minimum amount allowed"),
        ({"amount": 100.5}, "The amount must be an integer."),
        ({"amount": "354"}, "The amount must be an integer."),
        ({"amount": True}, "The amount must be an integer."),
        ({"amount": None}, "amount: is required."),
        ({"currency": None}, "currency: is required."),
        ({"currency": 5}, "currency: expected string but provided 5"),
        ({"amount": 500_000_01}, "Amount exceeds maximum amount allowed."),
        ({"amount": 10**15, "currency": "EUR"}, "Amount exceeds maximum amount allowed."),
        ({"amount": 99_991, "currency": "KWD"}, "The last digit of an amount in KWD must be 0."),
        *(({"currency": code}, "Currency is not supported") for code in ("inr", "XYZ", "XXX", "XAU", "INRR", "")),
        ({"receipt": "r" * 41}, "The receipt may not be greater than 40 characters."),
        ({"notes": {str(n): "x" for n in range(16)}}, "Number of fields in notes should be less than or equal to 15"),
        ({"notes": {"long": "x" * 257}}, "The notes may not be greater than 256 characters."),
        ({"colour": "red"}, "colour is/are not required and should not be sent"),
    ],
)
def test_bad_orders_are_refused_with_razorpays_words(sdk: Any, change: dict[str, Any], words: str) -> None:
    error = refused(sdk, sdk.order.create, {**RUPEES_354, **change})
    assert (error["status"], error["code"], error["description"]) == (400, "BAD_REQUEST_ERROR", words)
    assert sdk.order.all()["count"] == 0


@pytest.mark.parametrize("price", [(500_000_00, "INR"), (99_990, "KWD"), (5000, "CLP"), (12345, "JOD")])
def test_any_currency_is_taken_up_to_the_accounts_limit(sdk: Any, price: tuple[int, str]) -> None:
    order = sdk.order.create({"amount": price[0], "currency": price[1]})
    assert (order["amount"], order["currency"]) == price


def test_reasons_name_what_the_documentation_names(sdk: Any) -> None:
    assert refused(sdk, sdk.order.create, {**RUPEES_354, "amount": 99})["reason"] == "amount_less_than_minimum_amount"
    assert refused(sdk, sdk.order.create, {**RUPEES_354, "a": 1})["reason"] == "extra_field_sent"


def test_the_longest_receipt_and_fifteen_notes_are_taken(sdk: Any) -> None:
    notes = {str(n): "x" * 256 for n in range(15)}
    order = sdk.order.create({**RUPEES_354, "receipt": "r" * 40, "notes": notes})
    assert (order["receipt"], order["notes"]) == ("r" * 40, notes)


def test_receipts_repeat_unless_they_are_asked_to_be_unique(sdk: Any) -> None:
    first, second = (sdk.order.create({**RUPEES_354, "receipt": "BK-1"}) for _ in range(2))
    assert first["id"] != second["id"]
    error = refused(sdk, sdk.order.create, {**RUPEES_354, "receipt": "BK-1", "unique_receipt": True})
    assert error["description"] == "Order receipt should be unique."


def test_an_unknown_id_is_a_400_and_so_is_a_malformed_one_and_an_unknown_url(sdk: Any, sim: Any) -> None:
    error = refused(sdk, sdk.order.fetch, UNKNOWN)
    assert (error["status"], error["description"]) == (400, "The id provided does not exist")
    assert refused(sdk, sdk.order.fetch, "order_x")["description"] == "order_x is not a valid id"
    answer = requests.get(f"{sim.url}/v1/nothing", auth=sdk.auth, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["error"]["description"] == "The requested URL was not found on the server."
    assert requests.delete(f"{sim.url}/v1/orders", auth=sdk.auth, timeout=60).status_code == 400


def test_a_wrong_key_is_a_401(sim: Any, sdk_at: Any) -> None:
    stranger = sdk_at(sim.url, "wrong")
    error = refused(stranger, stranger.order.create, RUPEES_354)
    assert (error["status"], error["description"]) == (401, "Authentication failed")


@pytest.mark.parametrize("body", [b"{", b"[1]", b"5", b'"x"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(sdk: Any, sim: Any, body: bytes) -> None:
    assert requests.post(f"{sim.url}/v1/orders", data=body, auth=sdk.auth, timeout=60).status_code == 400


def test_lists_are_newest_first_in_pages_of_ten(sdk: Any) -> None:
    made = [sdk.order.create(RUPEES_354)["id"] for _ in range(12)][::-1]
    assert [order["id"] for order in sdk.order.all()["items"]] == made[:10]
    assert [order["id"] for order in sdk.order.all({"count": 5, "skip": 9})["items"]] == made[9:]


def test_orders_older_than_180_days_are_left_to_reports(sdk: Any, sim: Any) -> None:
    order = sdk.order.create(RUPEES_354)
    sim.post("clock/advance", {"seconds": 181 * 86400})
    assert refused(sdk, sdk.order.fetch, order["id"])["description"] == (
        "Order older than 180 days, please use reports."
    )
