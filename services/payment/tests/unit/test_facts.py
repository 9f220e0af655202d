"""Whatever the order in which facts come, and however often, the end is the same."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.payment.tests.factories import (
    NOTHING,
    NOW,
    SALE,
    START,
    a_capture,
    a_refund,
    a_request,
    an_attempt,
)

from payment.advance import ANNOUNCE, advance
from payment.cases import case_id
from payment.domain import Cancelled, CaseClosed, Decided, Difference, Fact, Facts, Overdue, PollingEnded, Refusal
from payment.record import record


def said(facts: Facts, name: str) -> dict[int, Any]:
    """The events of this name about booking's refund, by their numbers; each has an id of its own."""
    events: list[Any] = [
        event for event_id, event in advance(facts).events.items() if event_id.split(":")[:2] == [name, "refund_b"]
    ]
    numbered = {event.number: event for event in events}
    assert len(numbered) == len(events)
    return numbered


REQUEST = a_request(300)
POOL: list[Fact] = [
    SALE,
    an_attempt("pay_f", "failed", "declined"),
    an_attempt("pay_w", "failed", "timeout"),
    an_attempt("pay_w", "authorized"),
    a_capture(),
    a_capture("pay_m", amount=499),
    a_capture("pay_c", currency="USD"),
    a_capture("pay_o", order_id="order_x"),
    a_capture("pay_f1", amount=510, difference=Difference(amount=10, reason="fee", accepted=False)),
    a_capture("pay_r", refunded_before=500),
    REQUEST,
    Decided(capture_id="pay_w"),
    Overdue(capture_id="pay_w"),
    a_refund("rfnd_1", "refund_pay_m", "pay_m", "pending", 499),
    a_refund("rfnd_1", "refund_pay_m", "pay_m", amount=499),
    a_refund("rfnd_2", "refund_b", "pay_w", "processed", 300),
    a_refund("rfnd_2", "refund_b", "pay_w", "failed", 300),
    a_refund("rfnd_3", "refund_b", "pay_w", "pending", 300),
    a_refund("rfnd_4", None, "pay_w", "processed", 100),
    a_refund("rfnd_5", None, "pay_w"),
    a_refund("rfnd_5", None, "pay_w", "failed"),
    a_refund("rfnd_6", None, "pay_m", "processed", 99),
    a_refund("rfnd_6", None, "pay_m", "failed", 99),
    a_refund("rfnd_7", None, "pay_r", "processed", 200),
    a_refund("rfnd_7", None, "pay_r", "failed", 200),
    Refusal(key="refund_pay_c", detail="low balance"),
    PollingEnded(),
    Cancelled(reason="by_theater", at=NOW + timedelta(seconds=1)),
    CaseClosed(case_id=case_id(SALE.payment_id, "refund_by_hand", "hand_rfnd_4"), note="kept", user_id="usr_1", at=NOW),
    Refusal(key="refund_b", detail="greater than amount captured", amount=300, final=True),
]


def normal(facts: Facts) -> dict[str, Any]:
    """Facts as sets, and all that follows; what was known by then is all that an end may differ in."""
    what_follows = advance(facts)
    end = facts.cancelled.model_copy(update={"after": ()}) if facts.cancelled else None
    facts = facts.model_copy(update={"cancelled": end})
    sets = {
        name: sorted(map(repr, value)) if isinstance(value, tuple) else repr(value)
        for name, value in dict(facts).items()
    }
    return {
        **sets,
        "status": what_follows.status,
        "events": dict(sorted(what_follows.events.items())),
        "tasks": what_follows.tasks,
        "refunds": sorted(map(repr, what_follows.refunds)),
        "cases": sorted(map(repr, what_follows.cases)),
    }


@given(st.data(), st.lists(st.sampled_from(POOL), max_size=18))
def test_any_order_and_any_repeats_of_facts_end_the_same(data: st.DataObject, facts: list[Fact]) -> None:
    shuffled = data.draw(st.permutations(facts + data.draw(st.lists(st.sampled_from(facts or [SALE]), max_size=6))))
    if SALE not in facts:
        shuffled = [fact for fact in shuffled if fact != SALE]
    assert normal(record(START, *facts)) == normal(record(START, *shuffled))


@given(st.permutations(POOL))
def test_events_once_due_stay_due_so_that_whichever_write_says_them_all_are_said(facts: list[Fact]) -> None:
    said: set[str] = set()
    present = START
    for fact in facts:
        present = record(present, fact)
        events = set(advance(present).events)
        assert said <= events
        said = events
    assert said == set(advance(record(START, *POOL)).events)


@given(st.permutations([f"pay_{number}" for number in range(4)]))
def test_of_many_matching_captures_the_first_wins_and_all_others_go_back(capture_ids: list[str]) -> None:
    facts = record(START, *map(a_capture, capture_ids), *map(a_capture, reversed(capture_ids)))
    what_follows = advance(facts)
    assert facts.winner is not None
    assert facts.winner.capture_id == capture_ids[0]
    assert {refund.key for refund in what_follows.refunds} == {f"refund_{capture_id}" for capture_id in capture_ids[1:]}
    assert sum(refund.amount for refund in what_follows.refunds) == 500 * 3
    assert [key for key in what_follows.events if key.startswith("payment_succeeded")] == [
        f"payment_succeeded:{SALE.payment_id}"
    ]


@given(st.lists(st.sampled_from(POOL), max_size=20))
def test_every_paisa_captured_is_kept_or_owed_back(facts: list[Fact]) -> None:
    recorded = record(START, *facts)
    refunds = advance(recorded).refunds
    for capture in recorded.captures:
        mine = [refund for refund in refunds if refund.capture_id == capture.capture_id and not refund.of_booking]
        gone = sum(refund.amount for refund in mine if refund.status in {"pending", "done"})
        owed = sum(refund.amount for refund in mine if refund.status == "due" and not refund.by_hand)
        if capture.match != "winner":
            seen = {
                fact.provider_refund_id: fact.amount
                for fact in recorded.refunds_seen
                if fact.key is None and fact.capture_id == capture.capture_id
            }
            unseen = max(0, capture.refunded_before - sum(seen.values()))
            assert gone + owed == max(gone, capture.amount - unseen)
        else:
            assert owed == 0


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ([], "created"),
        ([POOL[1]], "failed"),
        ([POOL[3]], "authorized"),
        ([POOL[1], POOL[3]], "authorized"),
        ([POOL[1], a_capture()], "succeeded"),
        ([a_capture(), REQUEST], "succeeded"),
        ([a_capture("x", amount=1)], "failed"),
        ([a_capture(), REQUEST, a_refund("r", "refund_b", "pay_w", "pending", 300)], "partially_refunded"),
        ([a_capture(), a_refund("r", None, "pay_w")], "refunded"),
        ([a_capture(), a_refund("r", None, "pay_w"), a_refund("r", None, "pay_w", "failed")], "succeeded"),
        ([an_attempt("a", "authorized"), an_attempt("a", "lapsed", "not captured")], "failed"),
    ],
)
def test_the_status_follows_from_the_facts(facts: list[Fact], status: str) -> None:
    assert advance(record(START, *facts)).status == status


def test_a_capture_at_another_provider_than_its_orders_pays_for_nothing() -> None:
    facts = record(START, a_capture(provider="another"))
    assert facts.winner is None
    assert [(refund.amount, refund.reason) for refund in advance(facts).refunds] == [(500, "wrong_amount")]


def test_money_that_had_gone_back_before_it_was_seen_never_wins() -> None:
    facts = record(START, a_capture("pay_gone", refunded_before=500), a_capture("pay_w"))
    assert facts.winner is not None
    assert facts.winner.capture_id == "pay_w"
    assert advance(facts).refunds == ()


def test_money_that_had_gone_back_before_it_was_seen_is_owed_when_that_refund_fails() -> None:
    facts = record(START, a_capture(refunded_before=200))
    assert [refund.amount for refund in advance(facts).refunds] == [300]
    by_hand = a_refund("r_hand", None, "pay_w", "processed", 200)
    facts = record(facts, by_hand)
    assert advance(facts).refunds[0].amount == 300
    facts = record(facts, a_refund("r1", "refund_pay_w", "pay_w", "processed", 300))
    assert advance(facts).refunds[0].status == "done"
    facts = record(facts, by_hand.model_copy(update={"outcome": "failed"}))
    (refund,) = [refund for refund in advance(facts).refunds if not refund.by_hand]
    assert (refund.status, refund.amount) == ("due", 200)


def test_a_refund_that_failed_is_due_again_under_the_next_number() -> None:
    facts = record(START, a_capture(), REQUEST, a_refund("r1", "refund_b", "pay_w", "failed", 300))
    (refund,) = advance(facts).refunds
    assert (refund.status, refund.failures) == ("due", 1)
    assert advance(facts).cases[0].open
    facts = record(facts, a_refund("r2", "refund_b", "pay_w", "processed", 300))
    assert advance(facts).refunds[0].status == "done"
    assert not advance(facts).cases[0].open


BY_HAND = a_refund("r_hand", None, "pay_w", "processed", 100)


@pytest.mark.parametrize(("requested", "by_hand", "owed"), [(500, 100, 400), (300, 100, 300), (300, 250, 250)])
def test_what_others_gave_back_of_a_capture_is_not_asked_for_again(requested: int, by_hand: int, owed: int) -> None:
    gone = a_refund("r_hand", None, "pay_w", "processed", by_hand)
    for facts in (
        record(START, a_capture(), gone, a_request(requested)),
        record(START, a_request(requested), gone, a_capture()),
    ):
        refund = advance(facts).refunds[0]
        assert (refund.status, refund.amount, refund.number) == ("due", owed, 1)
    facts = record(facts, a_refund("r1", "refund_b", "pay_w", "processed", owed))
    assert [(refund.amount, refund.status) for refund in advance(facts).refunds] == [(owed, "done"), (by_hand, "done")]
    assert said(facts, "payment_refunded")[1].amount == owed


def test_what_others_gave_back_in_full_is_done_and_said_so_and_its_case_stays() -> None:
    facts = record(START, a_capture(), BY_HAND, a_refund("r_rest", None, "pay_w", "pending", 400), a_request(450))
    what_follows = advance(facts)
    assert (what_follows.refunds[0].status, what_follows.refunds[0].amount) == ("pending", 0)
    assert what_follows.status == "refunded"
    assert "refund:refund_b" not in what_follows.tasks
    assert {case.kind: case.open for case in what_follows.cases} == {"refund_by_hand": True}
    (event,) = said(facts, "payment_refunded").values()
    assert (event.amount, event.provider_refund_id, event.of_booking) == (0, "r_rest", True)
    assert said(facts, "payment_refund_failed") == {}


def test_a_final_refusal_counts_for_its_own_amount_and_the_rest_is_asked_for_under_another_number() -> None:
    no = Refusal(key="refund_b", detail="greater than amount captured", amount=500, final=True)
    facts = record(START, a_capture(), a_request(500), no)
    refund = advance(facts).refunds[0]
    assert (refund.status, refund.amount) == ("failed", 500)
    assert advance(facts).tasks == frozenset()
    facts = record(facts, BY_HAND)
    refund = advance(facts).refunds[0]
    assert (refund.status, refund.amount, refund.number) == ("due", 400, 2)
    facts = record(facts, no.model_copy(update={"amount": 400}))
    assert (advance(facts).refunds[0].status, advance(facts).refunds[0].number) == ("failed", 3)


def test_a_final_refusal_is_no_longer_one_when_money_that_had_gone_back_comes_home() -> None:
    whole = a_refund("r_hand", None, "pay_w")
    no = Refusal(key="refund_b", detail="fully refunded already", amount=500, final=True)
    facts = record(START, a_capture(), a_request(500), no, whole)
    assert advance(facts).refunds[0].status == "done"
    facts = record(facts, whole.model_copy(update={"outcome": "failed"}))
    refund = advance(facts).refunds[0]
    assert (refund.status, refund.amount, refund.number) == ("due", 500, 2)
    facts = record(facts, no.model_copy(update={"failed_before": 1}))
    assert advance(facts).refunds[0].status == "failed"


def test_a_refusal_without_its_amount_was_one_of_all_that_was_asked_for() -> None:
    facts = record(START, a_capture(), a_request(500), Refusal(key="refund_b", detail="no", final=True))
    assert advance(facts).refunds[0].status == "failed"
    assert advance(record(facts, BY_HAND)).refunds[0].status == "due"


def test_each_accepted_try_and_each_failure_is_said_under_its_number() -> None:
    facts = record(START, a_capture(), REQUEST, Refusal(key="refund_b", detail="low balance"))
    assert said(facts, "payment_refund_failed").keys() == {0}
    assert said(facts, "payment_refunded") == {}
    for number in (1, 2, 3):
        made = a_refund(f"r{number}", "refund_b", "pay_w", "processed", 300)
        facts = record(facts, made)
        assert said(facts, "payment_refunded").keys() == set(range(1, number + 1))
        assert said(facts, "payment_refunded")[number].provider_refund_id == f"r{number}"
        facts = record(facts, made.model_copy(update={"outcome": "failed"}))
        assert said(facts, "payment_refund_failed").keys() == set(range(number + 1))
        assert said(facts, "payment_refunded").keys() == set(range(1, number + 1))


def test_a_refund_that_was_pending_is_said_to_be_completed_once_it_is_made() -> None:
    made = a_refund("r1", "refund_b", "pay_w", "processed", 300)
    waiting, hand = made.model_copy(update={"outcome": "pending"}), a_refund("r2", None, "pay_w", "pending", 100)
    facts = record(START, a_capture(), REQUEST, waiting, hand)
    assert said(facts, "payment_refunded")[1].is_pending
    assert said(facts, "payment_refund_completed") == {}
    facts = record(facts, made, hand.model_copy(update={"outcome": "processed"}))
    completed = [event for key, event in advance(facts).events.items() if key.startswith("payment_refund_completed")]
    assert [event.refund_key for event in completed] == ["refund_b", "hand_r2"]  # type: ignore[attr-defined]  # it has
    at_once = record(START, a_capture(), REQUEST, made)
    assert not said(at_once, "payment_refunded")[1].is_pending
    assert said(at_once, "payment_refund_completed") == {}


def test_a_refund_by_hand_that_fails_later_is_said_to_have_failed_and_made_anew() -> None:
    whole = a_refund("r_hand", None, "pay_w")
    facts = record(START, a_capture(), REQUEST, whole, whole.model_copy(update={"outcome": "failed"}))
    assert advance(facts).refunds[0].status == "due"
    assert (set(said(facts, "payment_refunded")), set(said(facts, "payment_refund_failed"))) == ({1}, {1})
    facts = record(facts, a_refund("r1", "refund_b", "pay_w", "processed", 300))
    assert set(said(facts, "payment_refunded")) == {1, 2}


def test_a_failed_refund_by_hand_that_had_settled_nothing_is_no_failure_of_ours() -> None:
    facts = record(START, a_capture(), BY_HAND, BY_HAND.model_copy(update={"outcome": "failed"}), REQUEST)
    assert said(facts, "payment_refund_failed") == said(facts, "payment_refunded") == {}


def test_a_refund_says_whose_money_it_was_where_the_sale_is_known() -> None:
    made = a_refund("r1", "refund_b", "pay_w", "processed", 300)
    assert said(record(START, a_capture(), REQUEST, made), "payment_refunded")[1].user_id == SALE.user_id
    nobodys = NOTHING
    assert said(record(nobodys, REQUEST, made), "payment_refunded")[1].user_id is None


def test_the_winner_is_announced_again_until_booking_confirms_or_wants_the_money_back() -> None:
    facts = record(START, a_capture())
    assert advance(facts).tasks == {ANNOUNCE}
    assert ANNOUNCE not in advance(record(facts, Decided(capture_id="pay_w"))).tasks
    assert ANNOUNCE not in advance(record(facts, REQUEST)).tasks
    assert ANNOUNCE in advance(record(facts, Decided(capture_id="pay_other"))).tasks


def test_a_refund_asked_for_before_anything_else_is_known_is_due() -> None:
    facts = record(NOTHING, REQUEST)
    assert advance(facts).tasks == {"refund:refund_b"}
    assert advance(facts).status == "created"


def test_no_answer_is_a_case_only_while_there_is_none() -> None:
    facts = record(START, a_capture(), Overdue(capture_id="pay_w"))
    assert [(case.kind, case.open) for case in advance(facts).cases] == [("no_verdict", True)]
    assert not advance(record(facts, Decided(capture_id="pay_w"))).cases[0].open


def test_time_is_no_argument() -> None:
    later = a_capture(captured_at=NOW + timedelta(days=400))
    assert advance(record(START, later)).status == advance(record(START, a_capture())).status
