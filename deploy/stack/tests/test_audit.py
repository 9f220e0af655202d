"""The audit finds what it is there to find: each test spoils a clean sale in one way."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from deploy.stack.tests.books import a_capture, a_case, a_payment, a_refund, a_seen_refund, clean, give_back

from stack.audit.books import Books
from stack.audit.checks import violations


def test_a_clean_sale_has_no_violation() -> None:
    assert violations(clean()) == []


def test_money_that_is_still_due_or_an_open_case_is_no_violation() -> None:
    books = replace(clean(), refunds=[])
    books.payments[0]["refunds"][0]["status"] = "due"
    assert violations(books) == []
    books.payments[0]["refunds"] = []
    books.payments[0]["cases"] = [a_case(capture_id="pay_2", open=True)]
    assert violations(books) == []
    books.payments[0]["cases"] = [a_case(capture_id="pay_2", open=False)]
    assert violations(books) != []


def refunded_by_hand(amount: int = 200, **case: Any) -> Books:
    """The clean sale, but so much of what was confirmed went back by hand."""
    books = clean()
    made = {"id": "rfnd_2", "payment_id": "pay_1", "amount": amount, "status": "processed", "receipt": None}
    books.refunds.append(made)
    books.payments[0]["refunds_seen"].append(a_seen_refund("rfnd_2", "pay_1", amount))
    books.bookings[0]["refund"] = {"amount": amount}
    refund = a_refund(
        key="hand_rfnd_2", capture_id="pay_1", amount=amount, by_hand=True, of_booking=False, status="done"
    )
    books.payments[0]["refunds"].append(refund)
    books.payments[0]["cases"] = [a_case(kind="refund_by_hand", capture_id="pay_1", about="hand_rfnd_2", **case)]
    return books


@pytest.mark.parametrize("case", [{"open": True}, {"open": False, "note": "kept"}])
def test_a_refund_made_by_hand_is_a_case_and_no_violation(case: dict[str, Any]) -> None:
    assert violations(refunded_by_hand(**case)) == []
    books = refunded_by_hand(**case)
    books.bookings[0]["refund"] = None
    assert [line.split(":")[0] for line in violations(books)] == ["money_adds_up"]


def test_a_refund_made_by_hand_that_nobody_is_told_of_is_a_violation() -> None:
    assert [line.split(":")[0] for line in violations(refunded_by_hand(open=False))] == ["drift_is_a_case"]
    books = refunded_by_hand(open=True)
    books.payments[0]["cases"] = []
    assert [line.split(":")[0] for line in violations(books)] == ["drift_is_a_case"]


def test_a_refund_at_the_provider_that_is_not_known_here_is_a_violation_unless_it_is_of_a_strangers_money() -> None:
    books = clean()
    books.refunds.append({**books.refunds[0], "id": "rfnd_9", "status": "failed", "receipt": None})
    assert [line.split(":")[0] for line in violations(books)] == ["drift_is_a_case"]
    assert violations(replace(books, strangers=frozenset({"pay_2"}))) == []


def test_a_refund_by_hand_that_failed_is_not_due_beside_ours() -> None:
    books = clean()
    books.payments[0]["refunds"].append(a_refund(key="hand_rfnd_0", by_hand=True, status="failed"))
    books.payments[0]["cases"] = [a_case(kind="refund_by_hand", capture_id="pay_2", about="hand_rfnd_0", open=True)]
    assert violations(books) == []


def test_a_refund_made_by_hand_is_no_reason_to_keep_money_that_bought_nothing() -> None:
    books = replace(clean(), refunds=[])
    books.payments[0]["refunds"] = []
    books.payments[0]["cases"] = [a_case(kind="refund_by_hand", capture_id="pay_2", open=True)]
    assert [line for line in violations(books) if "pay_2" in line]


def test_money_at_the_provider_that_fits_no_order_of_ours_is_no_violation_once_it_is_known() -> None:
    books = clean()
    _money_of_no_one(books)
    assert violations(replace(books, strangers=frozenset({"pay_9"}))) == []


def free() -> Books:
    """The clean sale, but what was confirmed costs nothing."""
    books = clean()
    books.bookings[0] |= {"amount": 0, "capture_id": "free_b"}
    books.captures.pop(0)
    books.payments.append(a_payment(0, a_capture(0, provider="free", capture_id="free_b", order_id=None)))
    return books


def test_a_free_booking_is_no_violation_although_no_provider_knows_of_it() -> None:
    assert violations(free()) == []


def test_a_free_booking_needs_its_capture_and_a_total_of_0() -> None:
    books = free()
    books.payments[-1]["captures"] = []
    assert [line.split(":")[0] for line in violations(books)] == ["confirmed_is_paid"]
    books = free()
    books.payments[-1]["sale"]["quote"]["total"] = 500
    assert [line.split(":")[0] for line in violations(books)] == ["free_costs_nothing"]
    books.bookings[0]["amount"] = 500
    assert {line.split(":")[0] for line in violations(books)} == {"free_costs_nothing", "confirmed_is_paid"}


def test_nobody_is_asked_for_money_or_given_any_back_for_a_free_booking() -> None:
    for spoilt in (
        {"orders": [{"order_id": "order_1"}]},
        {"refunds": [a_refund(capture_id="free_b", amount=1, status="done")]},
    ):
        books = free()
        books.payments[-1] |= spoilt
        assert [line.split(":")[0] for line in violations(books)] == ["free_costs_nothing"]


def rounded() -> Books:
    """The clean sale, but what was confirmed costs 1.235 dinars, of which no provider takes the last thousandths."""
    books = clean()
    books.bookings[0] |= {"amount": 1_235, "currency": "KWD"}
    books.captures[0] |= {"amount": 1_230, "currency": "KWD"}
    books.payments.append(a_payment(1_235, a_capture(1_230, currency="KWD"), ordered=1_230, currency="KWD"))
    return books


def test_thousandths_that_no_provider_takes_are_no_violation_and_nothing_more_is() -> None:
    assert violations(rounded()) == []
    for currency, ordered in (("KWD", 1_220), ("KWD", 1_231), ("INR", 1_230)):
        books = rounded()
        books.captures[0] |= {"amount": ordered, "currency": currency}
        books.bookings[0]["currency"] = currency
        books.payments[-1] = a_payment(1_235, a_capture(ordered, currency=currency), ordered=ordered, currency=currency)
        assert {line.split(":")[0] for line in violations(books)} == {"money_adds_up", "confirmed_is_paid"}


def test_thousandths_that_cannot_go_back_are_no_violation() -> None:
    books = rounded()
    books.bookings[0] |= {"status": "cancelled", "refund": {"amount": 618}}
    books.ledgers[0]["sold"], books.maps["sho_1"] = {}, frozenset()
    give_back(books, 610, "KWD")
    assert violations(books) == []
    give_back(books, 600, "KWD")
    assert [line.split(":")[0] for line in violations(books)] == ["money_adds_up"]


def test_a_refund_that_no_provider_makes_is_owed_also_when_its_case_is_closed() -> None:
    books = rounded()
    books.bookings[0] |= {"status": "cancelled", "refund": {"amount": 5}}
    books.ledgers[0]["sold"], books.maps["sho_1"] = {}, frozenset()
    books.payments[0]["cases"] = [a_case(capture_id="pay_1", open=False, note="paid at the context")]
    assert [line.split(":")[0] for line in violations(books)] == ["money_adds_up"]
    owed = a_refund(key="refund_pay_1", capture_id="pay_1", amount=5, currency="KWD", status="failed")
    books.payments[0]["refunds"].append(owed)
    assert violations(books) == []


def differing(captured: int, at_provider: dict[str, Any], **difference: Any) -> Books:
    """The clean sale, but for what was confirmed this amount was captured, with this difference."""
    books = clean()
    books.captures[0] |= {"amount": captured, **at_provider}
    explained = {"amount": captured - 500, "accepted": True, **difference}
    books.payments.append(a_payment(500, a_capture(captured, difference=explained)))
    return books


@pytest.mark.parametrize(
    ("amount", "at_provider", "reason"),
    [(510, {"fee": 10}, "fee"), (505, {"fee": 10}, "fee"), (450, {"offer_id": "offer_1", "fee": 9}, "offer")],
)
def test_a_difference_that_the_provider_explains_is_no_violation(
    amount: int, at_provider: dict[str, Any], reason: str
) -> None:
    assert violations(differing(amount, at_provider, reason=reason)) == []
    for spoilt in ({"accepted": False}, {"amount": amount - 499}):
        found = violations(differing(amount, at_provider, **{"reason": reason, **spoilt}))
        assert {line.split(":")[0] for line in found} == {"money_adds_up", "confirmed_is_paid"}
    for unexplained in ({"fee": 4}, {"fee": None}, {}):
        found = violations(differing(amount, unexplained, reason=reason))
        assert {line.split(":")[0] for line in found} == {"money_adds_up", "confirmed_is_paid"}


def test_of_a_capture_with_a_difference_all_goes_back_or_is_kept() -> None:
    books = differing(510, {"fee": 10}, reason="fee")
    books.bookings[0] |= {"status": "cancelled", "refund": {"amount": 510}}
    books.ledgers[0]["sold"], books.maps["sho_1"] = {}, frozenset()
    give_back(books, 510)
    assert violations(books) == []
    give_back(books, 500)
    assert [line.split(":")[0] for line in violations(books)] == ["money_adds_up"]


def _second_owner(books: Books) -> None:
    books.bookings.append({**deepcopy(books.bookings[0]), "_id": "bkg_3", "capture_id": "pay_3"})
    books.captures.append({"id": "pay_3", "amount": 500, "currency": "INR"})


def _sold_to_nobody(books: Books) -> None:
    books.ledgers[0]["sold"]["B1"] = "bkg_9"


def _money_kept(books: Books) -> None:
    books.refunds.clear()
    books.payments[0]["refunds"] = []


def _money_of_no_one(books: Books) -> None:
    books.captures.append({"id": "pay_9", "amount": 70, "currency": "INR"})


def _paid_too_little(books: Books) -> None:
    books.captures[0]["amount"] = 400


def _refunded_twice(books: Books) -> None:
    books.refunds.append({**books.refunds[0], "id": "rfnd_2"})


def _no_ticket(books: Books) -> None:
    books.bookings[0]["tickets"] = None


def _mailed_twice(books: Books) -> None:
    books.mails["<m>"] = 2


def _not_mailed(books: Books) -> None:
    books.mails.clear()


def _two_confirmations(books: Books) -> None:
    books.deliveries.append({**books.deliveries[0], "_id": "mail:confirmation:bkg_1:3"})


def _moved_elsewhere(books: Books) -> None:
    books.ledgers[0]["moved"] = {"bkg_1": {"number": 1, "seats": {"A1": "B1", "A2": "A2"}}}


def _blocked_in_checkout(books: Books) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    books.ledgers[0] |= {"blocked": ["B1"], "checkouts": {"B1": {"hold_id": "hld_9", "until": until}}}


def _map_differs(books: Books) -> None:
    books.maps["sho_1"] = frozenset({"A1"})


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (_second_owner, "one_owner_a_seat"),
        (_sold_to_nobody, "ledger_is_bookings"),
        (_money_kept, "money_adds_up"),
        (_money_of_no_one, "money_adds_up"),
        (_paid_too_little, "confirmed_is_paid"),
        (_refunded_twice, "refunds_once"),
        (_no_ticket, "ticket_and_mail_once"),
        (_mailed_twice, "ticket_and_mail_once"),
        (_not_mailed, "ticket_and_mail_once"),
        (_two_confirmations, "ticket_and_mail_once"),
        (_map_differs, "maps_are_ledgers"),
        (_moved_elsewhere, "moved_seats_are_owned"),
        (_blocked_in_checkout, "nobody_pays_for_a_blocked_seat"),
    ],
)
def test_every_breach_of_an_invariant_is_named(spoil: Callable[[Any], None], found: str) -> None:
    books = clean()
    spoil(books)
    assert any(line.startswith(f"{found}:") for line in violations(books))


def test_a_webhook_that_is_settled_without_its_capture_in_the_books_is_a_violation() -> None:
    books = replace(clean(), settled=frozenset({"pay_1"}))
    books.payments[0]["captures"] = [a_capture(500)]
    assert violations(books) == []
    spoilt = replace(books, settled=frozenset({"pay_1", "pay_of_nobody"}))
    assert violations(spoilt) == ["settled_is_recorded: pay_of_nobody is settled and in no payment"]


def a_sale_with_a_refund() -> Books:
    """A sale of 500 of which 200 went back, in everybody's books."""
    books = refunded_by_hand(open=True)
    books.payments[0]["captures"] = [a_capture(500)]
    return books


@pytest.mark.parametrize("change", ["the capture", "the refund"])
def test_a_paisa_between_the_books_is_a_violation_unless_somebody_is_told(change: str) -> None:
    books = a_sale_with_a_refund()
    assert violations(books) == []
    payment = books.payments[0]
    (payment["captures"] if change == "the capture" else payment["refunds_seen"])[-1]["amount"] += 1
    lines = violations(books)
    assert {line.split(":")[0] for line in lines} == {"books_agree"}
    about = {"the capture": ["pay_1"], "the refund": ["pay_1", "rfnd_2"]}[change]
    payment["cases"] += [a_case(kind="drift", about=one, capture_id="pay_1", open=True) for one in about]
    assert violations(books) == []


@pytest.mark.parametrize(("status", "is_clean"), [("sent", True), ("queued", False), (None, False)])
def test_a_confirmation_gives_way_to_the_mail_of_seats_that_were_cancelled_before_it_went_out(
    status: str | None, is_clean: bool
) -> None:
    books = clean()
    books.deliveries[0]["status"] = "suppressed"
    if status:
        newer = {"_id": "mail:seats_cancelled:bkg_1:3", "status": status}
        books.deliveries.append({**books.deliveries[0], **newer})
    assert [line.split(":")[0] for line in violations(books)] == ([] if is_clean else ["ticket_and_mail_once"])


@pytest.mark.parametrize(("ticket_version", "is_new", "tickets"), [(1, True, 1), (2, True, 2), (1, False, 1)])
def test_a_move_after_the_first_ticket_has_a_ticket_of_its_own(ticket_version: int, is_new: bool, tickets: int) -> None:
    books = clean()
    facts = books.bookings[0].setdefault("facts", {})
    facts["reseatings"] = [{"number": 1, "ticket_version": ticket_version, "is_new": is_new}]
    for issued in (1, 2):
        books.bookings[0]["tickets"] = ["a ticket"] * issued
        wanted = [] if issued == tickets else ["ticket_and_mail_once"]
        assert [line.split(":")[0] for line in violations(books)] == wanted


def test_a_confirmation_that_waits_for_another_try_is_no_violation_unless_it_was_caught_too_often() -> None:
    books = clean()
    books.deliveries[0]["status"] = "queued"
    for caught, is_clean in ((0, True), (1, True), (2, False)):
        books.mails["<m>"] = caught
        assert [line.split(":")[0] for line in violations(books)] == ([] if is_clean else ["ticket_and_mail_once"])
