"""What a booking is follows from its facts, in whatever order and however often they come."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.booking.tests.conftest import TICKET_SEED
from services.booking.tests.factories import a_sale, a_snapshot, capture_of

from booking.records import GRACE, all_said, booking_in, change
from booking.saga import Ended, EventKind, Extended, Facts, HandRefund, Move, Paid, advance
from booking.shows import show_of
from booking.tickets import Signer
from contracts.ids import UserId

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SALE = a_sale()
TOTAL = SALE.quote.total
ordered = Facts(ordered=SALE)
paid = Facts(
    paid=Paid(payment_id=SALE.payment_id, capture_id=capture_of(SALE), amount=TOTAL, currency="INR"), ordered=SALE
)
sold = Facts(sold=True)
seats_lost = Facts(refused="seats_lost")
too_late = Facts(refused="too_late")
show_closed = Facts(refused="showtime_cancelled")
lapsed = Facts(lapsed=True)
SHOWS = [show_of(a_snapshot(SALE.showtime_id, revision=revision, starts_in=revision * 3600)) for revision in (1, 2, 3)]
show, moved, moved_again = (Facts(show=known) for known in SHOWS)
show_cancelled = Facts(ended=Ended(by="showtime_cancelled", at=NOW))
guest_cancelled = Facts(ended=Ended(by="by_guest", at=NOW, refund=TOTAL // 2))
nothing_back = Facts(ended=Ended(by="by_guest", at=NOW, refund=0))
theater_cancelled = Facts(ended=Ended(by="by_theater", at=NOW, user_id=UserId("usr_9"), note="flooded"))
ended_after_hand = Facts(ended=Ended(by="by_theater", at=NOW, refund=0, returned=TOTAL))
free = Facts(ordered=SALE, paid=Paid(payment_id=SALE.payment_id, capture_id="free_1", amount=0, currency="INR"))
checked_in = Facts(checked_in_at=NOW)
LATER = [SALE.hold_expires_at + timedelta(minutes=minutes) for minutes in (5, 10)]
extended, extended_again = (Facts(extended=Extended(until=end)) for end in LATER)
refund_refused = Facts(refund_failed=True)
refunded, refunded_again = (Facts(refunded=True, refunded_number=number) for number in (1, 2))
refund_failed, failed_again = (Facts(refund_failed=True, refund_failed_number=number) for number in (1, 2))

by_hand, by_hand_again, all_by_hand = (
    Facts(by_hand=(HandRefund(key=f"hand_rfnd_{number}", amount=amount),))
    for number, amount in enumerate((TOTAL // 4, TOTAL // 5, TOTAL))
)
hand_failed, all_failed = (
    Facts(by_hand=(HandRefund(key=f"hand_rfnd_{number}", amount=amount, failed=True),))
    for number, amount in ((0, TOTAL // 4), (2, TOTAL))
)
STARTS = [NOW + timedelta(days=day) for day in range(4)]
MOVES = [
    Move(
        revision=revision,
        previous_start_at=STARTS[revision - 2],
        start_at=STARTS[revision - 1],
        end_at=STARTS[revision - 1] + timedelta(hours=2),
    )
    for revision in (2, 3, 4)
]
move_2, move_3, move_4 = (Facts(moves=(move,)) for move in MOVES)

SOLD = {EventKind.CONFIRMED, EventKind.TICKET}
MOVED = {*SOLD, EventKind.RESCHEDULED}
BACK = {EventKind.REFUSED, EventKind.REFUND_DUE}
CANCELLED = {EventKind.CANCELLED, EventKind.REFUND_DUE}

# the story, its facts, the end, the reason, what was said, what goes back and how far it is
STORIES: list[tuple[Any, ...]] = [
    ("nothing but a verdict", [sold], "pending", None, set(), None, None),
    ("an order", [ordered], "pending", None, set(), None, None),
    ("an order, money", [ordered, paid], "pending", None, set(), None, None),
    ("an order, seats", [ordered, sold], "pending", None, set(), None, None),
    ("a sale", [ordered, paid, sold, show], "confirmed", None, SOLD, None, None),
    ("a sale without order_created", [paid, sold, show], "confirmed", None, SOLD, None, None),
    ("a show not known yet", [paid, sold], "confirmed", None, {EventKind.CONFIRMED}, None, None),
    ("nobody paid", [ordered, lapsed], "expired", "not_paid", {EventKind.EXPIRED}, None, None),
    (
        "late money, seats free",
        [ordered, lapsed, paid, sold, show],
        "confirmed",
        None,
        SOLD | {EventKind.EXPIRED},
        None,
        None,
    ),
    (
        "late money, seats gone",
        [ordered, lapsed, paid, too_late],
        "refunded",
        "too_late",
        BACK | {EventKind.EXPIRED},
        TOTAL,
        "due",
    ),
    ("seats lost", [paid, seats_lost], "refunded", "seats_lost", BACK, TOTAL, "due"),
    ("seats lost, money back", [paid, seats_lost, refunded], "refunded", "seats_lost", BACK, TOTAL, "done"),
    ("refund is refused", [paid, seats_lost, refund_refused], "refunded", "seats_lost", BACK, TOTAL, "failed"),
    (
        "refund is refused, then goes",
        [paid, seats_lost, refund_refused, refunded],
        "refunded",
        "seats_lost",
        BACK,
        TOTAL,
        "done",
    ),
    (
        "refund goes and fails later",
        [paid, seats_lost, refunded, refund_failed],
        "refunded",
        "seats_lost",
        BACK,
        TOTAL,
        "failed",
    ),
    (
        "refund fails and goes again",
        [paid, seats_lost, refunded, refund_failed, refunded_again],
        "refunded",
        "seats_lost",
        BACK,
        TOTAL,
        "done",
    ),
    (
        "refund fails twice",
        [paid, seats_lost, refunded_again, failed_again],
        "refunded",
        "seats_lost",
        BACK,
        TOTAL,
        "failed",
    ),
    (
        "refund as it was stored before tries had numbers",
        [paid, seats_lost, Facts(refunded=True, refund_failed=True)],
        "refunded",
        "seats_lost",
        BACK,
        TOTAL,
        "done",
    ),
    (
        "the same, and it fails later",
        [paid, seats_lost, Facts(refunded=True), refund_failed],
        "refunded",
        "seats_lost",
        BACK,
        TOTAL,
        "failed",
    ),
    ("refused and never paid", [ordered, seats_lost, lapsed], "expired", "not_paid", {EventKind.EXPIRED}, None, None),
    (
        "show cancelled after the sale",
        [paid, sold, show, show_cancelled],
        "cancelled",
        "showtime_cancelled",
        SOLD | CANCELLED,
        TOTAL,
        "due",
    ),
    (
        "show cancelled before the verdict",
        [paid, show_cancelled, show_closed],
        "refunded",
        "showtime_cancelled",
        BACK,
        TOTAL,
        "due",
    ),
    ("show cancelled, paid, no verdict yet", [paid, show_cancelled], "pending", None, set(), None, None),
    (
        "guest cancels, half back",
        [paid, sold, show, guest_cancelled],
        "cancelled",
        "by_guest",
        SOLD | CANCELLED,
        TOTAL // 2,
        "due",
    ),
    (
        "guest cancels, nothing back",
        [paid, sold, show, nothing_back],
        "cancelled",
        "by_guest",
        SOLD | {EventKind.CANCELLED},
        0,
        "done",
    ),
    ("at the gate", [paid, sold, show, checked_in], "checked_in", None, SOLD, None, None),
    ("moved after the sale", [paid, sold, show, moved, move_2], "confirmed", None, MOVED, None, None),
    ("moved before the money", [ordered, moved, move_2, paid, sold], "confirmed", None, MOVED, None, None),
    ("moved, nobody paid", [ordered, moved, move_2, lapsed], "expired", "not_paid", {EventKind.EXPIRED}, None, None),
    (
        "moved, then cancelled",
        [paid, sold, show, move_2, guest_cancelled],
        "cancelled",
        "by_guest",
        MOVED | CANCELLED,
        TOTAL // 2,
        "due",
    ),
    ("some of it back by hand", [paid, sold, show, by_hand], "confirmed", None, SOLD, TOTAL // 4, "done"),
    (
        "twice by hand",
        [paid, sold, show, by_hand, by_hand_again],
        "confirmed",
        None,
        SOLD,
        TOTAL // 4 + TOTAL // 5,
        "done",
    ),
    ("by hand, and it fails", [paid, sold, show, by_hand, hand_failed], "confirmed", None, SOLD, 0, "failed"),
    (
        "all by hand, the theater ends it",
        [paid, sold, show, all_by_hand, ended_after_hand],
        "cancelled",
        "by_theater",
        SOLD | {EventKind.CANCELLED},
        TOTAL,
        "done",
    ),
    (
        "the same, and the refund fails",
        [paid, sold, show, all_by_hand, ended_after_hand, all_failed],
        "cancelled",
        "by_theater",
        SOLD | {EventKind.CANCELLED},
        0,
        "failed",
    ),
    (
        "some by hand, half by the policy",
        [paid, sold, show, by_hand, guest_cancelled],
        "cancelled",
        "by_guest",
        SOLD | CANCELLED,
        TOTAL // 2 + TOTAL // 4,
        "due",
        TOTAL // 2,
    ),
    (
        "some by hand, the theater gives all back",
        [paid, sold, show, by_hand, theater_cancelled],
        "cancelled",
        "by_theater",
        SOLD | CANCELLED,
        TOTAL,
        "due",
    ),
    (
        "at the gate, the theater cancels",
        [paid, sold, show, checked_in, theater_cancelled],
        "cancelled",
        "by_theater",
        SOLD | CANCELLED,
        TOTAL,
        "due",
    ),
    ("seats lost, and by hand too", [paid, seats_lost, all_by_hand], "refunded", "seats_lost", BACK, TOTAL, "due"),
    ("free", [free, sold, show], "confirmed", None, SOLD, None, None),
    (
        "free, cancelled",
        [free, sold, show, theater_cancelled],
        "cancelled",
        "by_theater",
        SOLD | {EventKind.CANCELLED},
        0,
        "done",
    ),
    ("free, seats lost", [free, seats_lost], "refunded", "seats_lost", {EventKind.REFUSED}, 0, "done"),
    (
        "free, show cancelled",
        [free, sold, show, show_cancelled],
        "cancelled",
        "showtime_cancelled",
        SOLD | {EventKind.CANCELLED},
        0,
        "done",
    ),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story[0])
def test_a_story_ends_as_the_table_says(story: tuple[Any, ...]) -> None:
    _, facts, status, reason, says, refund, refund_status, *due = story
    known = Facts()
    for fact in facts:
        known = known.joined(fact)
    end = advance(known)
    assert (end.status, end.reason, end.events) == (status, reason, says)
    assert (end.refund, end.refund_status) == (refund, refund_status)
    assert end.refund_due == ((*due, refund)[0] if EventKind.REFUND_DUE in says else 0)


def document_after(news: list[Facts]) -> tuple[dict[str, Any], set[str]]:
    """The document after each piece of news was recorded, and the ids of the events pushed on the way."""
    sign, document, pushed = Signer(TICKET_SEED).text, {"_id": SALE.booking_id}, []
    for fact in news:
        update = change(document if "version" in document else None, fact, order_id="order_1", now=NOW, sign=sign)
        if update is None:
            continue
        document = applied(document, update)
        pushed += [entry["id"] for entry in update.get("$push", {}).get("outbox", {"$each": []})["$each"]]
    assert len(pushed) == len(set(pushed))
    return document, set(pushed)


def applied(document: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """The document after one of our updates, as Mongo would leave it."""
    document = {**deepcopy(document), "version": document.get("version", 0) + 1}
    for path, value in update["$set"].items():
        outer, _, name = path.rpartition(".")
        holder = document if not outer else document.setdefault(outer, {})
        holder[name] = value
    for path in update.get("$unset", {}):
        document.pop(path, None)
    for name, operand in update.get("$push", {}).items():
        document[name] = [*document.get(name, []), *operand["$each"]]
    if "$addToSet" in update:
        document["order_ids"] = [update["$addToSet"]["order_ids"]]
    return document


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """All but what legitimately depends on order or chance: how many writes it took, and the reference."""
    booking = booking_in(document)
    due = document.get("due_at")
    return {
        "facts": booking and booking.facts,
        "state": booking and booking.state,
        "due": due,
        "said": set(document.get("said", {})),
        "ticket": bool(booking and booking.ticket),
    }


verdicts = st.sampled_from([[], [sold], [seats_lost], [too_late], [show_closed]])
endings = st.sampled_from([[], [show_cancelled], [guest_cancelled], [nothing_back], [theater_cancelled]])
POOL = [
    ordered,
    extended,
    extended_again,
    paid,
    lapsed,
    show,
    moved,
    moved_again,
    refunded,
    refunded_again,
    refund_refused,
    refund_failed,
    failed_again,
    checked_in,
    move_2,
    move_3,
    move_4,
    by_hand,
    by_hand_again,
    hand_failed,
]
optional = st.lists(st.sampled_from(POOL), unique_by=id)


@given(st.data())
def test_every_order_with_any_duplicates_ends_the_same_and_says_the_same(data: st.DataObject) -> None:
    facts = data.draw(optional) + data.draw(verdicts) + data.draw(endings)
    shuffled = data.draw(st.permutations(facts))
    repeated = data.draw(st.permutations(facts + data.draw(st.lists(st.sampled_from(facts or [ordered])))))
    straight, said = document_after(facts)
    if facts:
        for news in (shuffled, repeated if set(map(id, repeated)) == set(map(id, facts)) else shuffled):
            document, also_pushed = document_after(news)
            assert comparable(document) == comparable(straight)
            assert also_pushed == said


@pytest.mark.parametrize("verdict", [sold, seats_lost, too_late, show_closed])
@pytest.mark.parametrize("more", [[], [lapsed], [show_cancelled], [lapsed, show_cancelled]])
def test_every_permutation_of_a_paid_booking_ends_in_seats_or_in_a_refund(verdict: Facts, more: list[Facts]) -> None:
    for news in permutations([ordered, paid, verdict, show, *more]):
        document, _ = document_after(list(news))
        has_seats = document["status"] in {"confirmed", "checked_in"}
        goes_back = EventKind.REFUND_DUE in document["said"]
        assert has_seats != goes_back


def test_what_was_said_is_never_unsaid_by_a_further_fact() -> None:
    everything = [ordered, paid, sold, show, move_2, lapsed, show_cancelled]
    for news in permutations(everything):
        known, said = Facts(), frozenset[EventKind]()
        for fact in news:
            known = known.joined(fact)
            assert said <= advance(known).events
            said = advance(known).events


def test_reference_ticket_and_times_are_chosen_once() -> None:
    first, _ = document_after([paid, sold])
    later, _ = document_after([paid, sold, show, guest_cancelled, refunded])
    assert first["ticket"].startswith("MQ1.")
    document, _ = document_after([paid, sold])
    update = change(document, show, order_id=None, now=datetime(2031, 1, 1, tzinfo=UTC), sign=lambda _: "another")
    assert update is not None
    for name in ("reference", "ticket", "confirmed_at", "created_at"):
        assert update["$set"][name] == document[name]
    assert later["reference"]


def test_a_booking_that_is_not_paid_is_looked_at_when_its_hold_is_over_and_not_when_it_is_paid() -> None:
    assert document_after([ordered])[0]["due_at"] > SALE.hold_expires_at
    for news in ([ordered, paid], [paid, ordered], [ordered, lapsed]):
        assert "due_at" not in document_after(news)[0]


def test_a_refreshed_hold_is_looked_at_when_its_latest_end_is_over_in_whatever_order_that_is_heard() -> None:
    for news in permutations([ordered, extended, extended_again]):
        document, _ = document_after(list(news))
        booking, ends = booking_in(document), LATER[-1] + GRACE
        assert document["due_at"] == ends
        assert booking is not None
        assert [booking.has_lapsed(at) for at in (ends - timedelta(seconds=1), ends)] == [False, True]
    assert "due_at" not in document_after([extended])[0]


def test_an_end_before_the_one_the_sale_knows_changes_nothing() -> None:
    earlier = Facts(extended=Extended(until=SALE.hold_expires_at - timedelta(minutes=1)))
    for news in ([ordered, earlier], [earlier, ordered]):
        assert document_after(news)[0]["due_at"] == SALE.hold_expires_at + GRACE


def test_the_show_of_the_highest_revision_wins_and_one_without_is_older_than_all() -> None:
    before_revisions = Facts.model_validate({"show": SHOWS[0].model_dump(exclude={"revision"})})
    for news in permutations([before_revisions, show, moved, moved_again]):
        known = Facts()
        for fact in news:
            known = known.joined(fact)
        assert known.show == moved_again.show


def test_a_ticket_bears_the_newest_show_known_when_it_is_said_and_no_revision() -> None:
    for news in ([ordered, show, moved, paid, sold], [paid, sold, moved], [ordered, moved, show, sold, paid]):
        ticket = said_in(document_after(news)[0])["ticket_issued"]
        assert ticket["show"] == {name: value for name, value in moved_as_json().items() if name != "revision"}


def moved_as_json() -> dict[str, Any]:
    assert moved.show is not None
    return moved.show.model_dump(mode="json")


def said_in(document: dict[str, Any]) -> dict[str, Any]:
    """The data of the events in a document's outbox, by what they say."""
    return {entry["id"].partition(":")[2]: json.loads(entry["data"]) for entry in document["outbox"]}


@given(st.data())
def test_all_that_was_said_can_be_said_again_as_it_was_numbered_then(data: st.DataObject) -> None:
    end = data.draw(st.sampled_from([guest_cancelled, theater_cancelled, ended_after_hand]))
    facts = [ordered, paid, sold, show, move_2, move_3, end, lapsed, refunded, by_hand, all_by_hand]
    document, _ = document_after(data.draw(st.permutations(facts)))
    document["version"] += 7
    again = {envelope.id: _data(envelope.data) for envelope in all_said(document)}
    assert again == {entry["id"]: _data(entry["data"]) for entry in document["outbox"]}


def _data(text: str) -> dict[str, Any]:
    """All but the show, which may be known better by now."""
    return {name: value for name, value in json.loads(text).items() if name != "show"}


def test_each_move_is_said_once_under_its_revision_and_tells_of_itself_also_later() -> None:
    for news in permutations([paid, sold, moved_again, move_2, move_3, move_4]):
        document, _ = document_after(list(news))
        pushed = said_in(document)
        again = {envelope.id: json.loads(envelope.data) for envelope in all_said(document)}
        for move in MOVES:
            key = f"rescheduled:{move.revision}"
            assert again[f"{SALE.booking_id}:{key}"]["show"] == pushed[key]["show"]
            starts = [
                datetime.fromisoformat(pushed[key]["previous_start_at"]),
                datetime.fromisoformat(pushed[key]["show"]["start_at"]),
            ]
            assert starts == [move.previous_start_at, move.start_at]
            assert pushed[key]["revision"] == move.revision
    assert sorted(pushed) == ["confirmed", "rescheduled:2", "rescheduled:3", "rescheduled:4", "ticket_issued"]


def test_a_refund_that_is_due_is_due_since_then_although_money_went_back_by_hand_before() -> None:
    sign, later = Signer(TICKET_SEED).text, NOW + timedelta(days=1)
    document, _ = document_after([paid, sold, show, by_hand])
    assert document["refund"] == {"amount": TOTAL // 4, "status": "done", "since": NOW}
    update = change(document, guest_cancelled, order_id=None, now=later, sign=sign)
    assert update is not None
    assert update["$set"]["refund"] == {"amount": TOTAL // 2 + TOTAL // 4, "status": "due", "since": later}


def test_a_cancellation_tells_all_that_goes_back_as_it_was_known_then() -> None:
    document, _ = document_after([paid, sold, show, all_by_hand, ended_after_hand, all_failed])
    assert said_in(document)["cancelled"]["refund"] == TOTAL
    assert "refund_due" not in said_in(document)
    document, _ = document_after([paid, sold, show, by_hand, theater_cancelled])
    assert said_in(document)["cancelled"]["refund"] == said_in(document)["refund_due"]["amount"] == TOTAL


def test_nothing_was_said_of_a_booking_whose_sale_is_not_known() -> None:
    assert all_said({"_id": SALE.booking_id, "facts": {}, "version": 1}) == []


def test_a_refund_is_due_since_the_write_that_made_it_so() -> None:
    document, _ = document_after([paid, seats_lost])
    assert document["refund"] == {"amount": TOTAL, "status": "due", "since": NOW}
    update = change(document, refund_refused, order_id=None, now=NOW + timedelta(hours=1), sign=lambda _: "")
    assert update is not None
    assert update["$set"]["refund"] == {"amount": TOTAL, "status": "failed", "since": NOW}
    assert update["$set"]["changed_at"] == NOW + timedelta(hours=1)
