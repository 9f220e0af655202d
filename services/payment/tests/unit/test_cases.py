"""What needs a person, and what closes it: a note, the booking's end, or that it is mended."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.payment.tests.factories import NOW, SALE, START, a_capture, a_refund, a_request
from services.payment.tests.unit.test_facts import POOL

from contracts.ids import is_id
from contracts.payment import AuditRecorded
from payment.advance import advance
from payment.cases import case_id
from payment.domain import Cancelled, CaseClosed, Decided, Fact, Facts, Overdue, SeenRefund
from payment.record import record

BY_HAND = a_refund("r_hand", None, "pay_w", "processed", 200)
CASE = case_id(SALE.payment_id, "refund_by_hand", "hand_r_hand")
CANCELLED = Cancelled(reason="by_theater", at=NOW + timedelta(minutes=5))
ENDED_IN_THE_SECOND = CANCELLED.model_copy(update={"at": CANCELLED.at + timedelta(milliseconds=300)})
CLOSED = CaseClosed(case_id=CASE, note="kept, a gift voucher was given", user_id="usr_1", at=NOW + timedelta(hours=1))


def by_hand(facts: Facts) -> dict[str, object]:
    """The case about the refund by hand."""
    (case,) = [case for case in advance(facts).cases if case.id == CASE]
    return case.model_dump()


def test_a_refund_by_hand_is_a_case_about_its_amount() -> None:
    case = by_hand(record(START, a_capture(), Decided(capture_id="pay_w"), BY_HAND))
    assert (case["kind"], case["amount"], case["currency"], case["open"]) == ("refund_by_hand", 200, "INR", True)
    assert is_id("cas", str(case["id"]))


def test_a_note_closes_it_and_the_first_one_counts() -> None:
    facts = record(START, a_capture(), BY_HAND, CLOSED, CLOSED.model_copy(update={"note": "another"}))
    case = by_hand(facts)
    assert (case["open"], case["note"], case["closed_at"]) == (False, CLOSED.note, CLOSED.at)
    (told,) = [event for event in advance(facts).events.values() if isinstance(event, AuditRecorded)]
    assert (told.user_id, told.action, told.subject_id) == ("usr_1", "cases.closed", CASE)
    assert (told.before, told.after) == ({"open": True}, {"open": False, "note": CLOSED.note})
    assert (told.theater_id, told.at) == (SALE.theater_id, CLOSED.at)


def test_the_end_of_the_booking_closes_it_and_says_so() -> None:
    case = by_hand(record(START, a_capture(), BY_HAND, CANCELLED))
    assert (case["open"], case["closed_at"]) == (False, CANCELLED.at)
    assert "cancelled" in str(case["note"])
    assert "by_theater" in str(case["note"])


@pytest.mark.parametrize(
    ("order", "is_open"),
    [
        ([BY_HAND, CANCELLED], False),
        ([CANCELLED, BY_HAND], False),
        ([CANCELLED, BY_HAND.model_copy(update={"made_at": CANCELLED.at + timedelta(seconds=1)})], True),
        ([ENDED_IN_THE_SECOND, BY_HAND.model_copy(update={"made_at": CANCELLED.at})], True),
        ([BY_HAND.model_copy(update={"made_at": CANCELLED.at + timedelta(days=1)}), CANCELLED], False),
    ],
)
def test_what_is_given_back_after_the_end_is_a_case_of_its_own(order: list[Fact], *, is_open: bool) -> None:
    """A clock of the provider's that is ahead does not make what was known before come after. It tells whole seconds:
    what was made in that of the end may be later."""
    assert by_hand(record(START, a_capture(), *order))["open"] is is_open


def test_a_failure_that_is_made_good_closes_by_itself_and_opens_again_with_the_next() -> None:
    facts = record(START, a_capture(), a_request(300))
    is_open = []
    for number in (1, 2):
        made = a_refund(f"r{number}", "refund_b", "pay_w", "processed", 300)
        facts = record(facts, made)
        is_open.append([case.open for case in advance(facts).cases])
        facts = record(facts, made.model_copy(update={"outcome": "failed"}))
        is_open.append([case.open for case in advance(facts).cases])
    assert is_open == [[], [True], [False], [True]]


def test_a_case_that_a_person_closed_stays_closed_although_it_lasts() -> None:
    facts = record(START, a_capture(), Overdue(capture_id="pay_w"))
    (case,) = advance(facts).cases
    closed = CaseClosed(case_id=case.id, note="told booking's people", user_id="usr_1", at=NOW)
    assert [case.open for case in advance(record(facts, closed)).cases] == [False]


@given(st.permutations([fact for fact in POOL if isinstance(fact, SeenRefund)]))
def test_every_refund_by_hand_of_the_booking_s_money_is_said_once_with_its_own_key(made: list[SeenRefund]) -> None:
    what_follows = advance(record(START, a_capture(), *made))
    said = {
        key.partition(":")[2]: event
        for key, event in what_follows.events.items()
        if key.startswith("payment_refunded:hand")
    }
    assert set(said) == {"hand_rfnd_4", "hand_rfnd_5"}
    assert {event.amount for event in said.values()} == {100, 500}  # type: ignore[attr-defined]  # they have it
    assert [key for key in what_follows.events if key.startswith("payment_refund_failed:hand")] == [
        "payment_refund_failed:hand_rfnd_5"
    ]


def test_a_refund_by_hand_of_money_that_paid_for_nothing_is_not_the_booking_s() -> None:
    facts = record(START, a_capture(), a_capture("pay_2"), a_refund("r_hand", None, "pay_2", "processed", 100))
    assert not [key for key in advance(facts).events if "hand" in key]
