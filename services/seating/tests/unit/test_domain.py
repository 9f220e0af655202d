"""Seats in their one order, and what the ledger decides."""

from datetime import UTC, datetime, timedelta

from services.seating.tests.house import a_cancellation, a_sale, a_snapshot, a_user

from contracts.sale import Sale
from seating.domain import CheckedOutHold, Checkout, Ledger, Showtime, Verdict, hold_of
from seating.ledger import cancelling, decide, entering_checkout, leaving_checkout

NOW = datetime.now(UTC)


def a_ledger(sale: Sale, **changes: object) -> Ledger:
    facts = {"showtime_id": sale.showtime_id, "rev": 1, "revision": 1, "starts_at": NOW + timedelta(hours=5)}
    return Ledger(**{**facts, **changes})  # type: ignore[arg-type]  # a factory's keywords


def test_seats_are_numbered_row_by_row_with_gaps_left_out_and_blocked_ones_marked() -> None:
    layout = {"rows": 2, "cols": 3, "gaps": ("A2",), "blocked": ("B1",)}
    showtime = Showtime.of(a_snapshot(layout=layout))
    assert [seat.seat_id for seat in showtime.seats] == ["A1", "A3", "B1", "B2", "B3"]
    assert showtime.empty_map() == "aabaa"
    assert showtime.tokens(["B3", "A1"]) == "B3:4 A1:0"


def test_an_aisle_and_a_gap_part_a_row_into_blocks_of_neighbours() -> None:
    layout = {"rows": 2, "cols": 6, "aisles": (2, {"after": 4, "rows": ("B",)}), "gaps": ("A5",)}
    blocks = Showtime.of(a_snapshot(layout=layout)).adjacency.blocks
    assert [(block.first, block.last, block.row, block.column) for block in blocks] == [
        (0, 1, 0, 1),
        (2, 3, 0, 3),
        (4, 4, 0, 6),
        (5, 6, 1, 1),
        (7, 8, 1, 3),
        (9, 10, 1, 5),
    ]


def test_the_script_is_told_who_may_be_left_alone_and_which_partners_are_missing() -> None:
    layout = {"rows": 1, "cols": 7, "accessible": ("A6",), "companions": {"A5": "A6"}, "pairs": (("A1", "A2"),)}
    showtime = Showtime.of(a_snapshot(layout=layout))
    assert showtime.exposed(["A4"]) == "A3:2:1"
    assert showtime.exposed(["A3"]) == "A2:1:0 A4:3:4"
    assert (showtime.missing_partners(["A2", "A3"]), showtime.missing_partners(["A1", "A2"])) == ("A1:0", "")


def test_a_layout_without_seats_has_no_blocks() -> None:
    assert Showtime.of(a_snapshot(layout={"rows": 1, "cols": 1, "gaps": ("A1",)})).adjacency.blocks == ()


def test_a_booking_names_its_hold() -> None:
    sale = a_sale(a_snapshot(), a_user(), "A1")
    assert hold_of(sale.booking_id, sale.showtime_id) == sale.hold_id


def test_money_is_decided_once_and_the_verdict_is_said_again() -> None:
    sale = a_sale(a_snapshot(), a_user(), "A1")
    first = decide(a_ledger(sale), sale, NOW, claimed=True)
    assert first.verdict is not None
    assert first.verdict[1].word == "sold"
    again = decide(a_ledger(sale, verdicts={sale.booking_id: first.verdict[1]}), sale, NOW, claimed=False)
    assert again.verdict is None
    assert not again.is_news
    assert again.events == first.events


def test_each_reason_to_refuse_has_its_name() -> None:
    snapshot = a_snapshot()
    sale, other = a_sale(snapshot, a_user(), "A1", "A2"), a_sale(snapshot, a_user(), "A2")
    checkouts = {"A2": Checkout(other.hold_id, NOW + timedelta(seconds=9))}
    cases = {
        "showtime_cancelled": a_ledger(sale, closed="cancelled"),
        "too_late": a_ledger(sale, starts_at=NOW),
        "seats_lost": a_ledger(sale, sold={"A2": other.booking_id}),
        "seats_lost ": a_ledger(sale, checkouts=checkouts),
    }
    for reason, ledger in cases.items():
        change = decide(ledger, sale, NOW, claimed=True)
        assert change.verdict is not None
        assert (change.verdict[1].word, change.verdict[1].reason) == ("refused", reason.strip())
    refused = decide(a_ledger(sale), sale, NOW, claimed=False).verdict
    assert refused is not None
    assert refused[1].reason == "seats_lost"


def test_a_payment_whose_time_is_over_stands_in_nobodys_way() -> None:
    snapshot = a_snapshot()
    sale, other = a_sale(snapshot, a_user(), "A1"), a_sale(snapshot, a_user(), "A1")
    change = decide(a_ledger(sale, checkouts={"A1": Checkout(other.hold_id, NOW)}), sale, NOW, claimed=True)
    assert change.sold == {"A1": sale.booking_id}


def test_a_cancelled_booking_is_released_whether_or_not_it_was_sold_but_never_unrefused() -> None:
    sale = a_sale(a_snapshot(), a_user(), "A1")
    event = a_cancellation(sale)
    sold = a_ledger(sale, sold={"A1": sale.booking_id}, verdicts={sale.booking_id: Verdict("sold", ("A1",), NOW)})
    change = cancelling(sold, event, sale.hold_id, NOW)
    assert change is not None
    assert (list(change.unsold), len(change.events)) == (["A1"], 1)
    early = cancelling(a_ledger(sale), event, sale.hold_id, NOW)
    assert early is not None
    assert early.verdict is not None
    assert (early.verdict[1].word, len(early.events)) == ("released", 0)
    refused = Verdict("refused", ("A1",), NOW, "seats_lost")
    assert cancelling(a_ledger(sale, verdicts={sale.booking_id: refused}), event, sale.hold_id, NOW) is None


def test_a_payment_that_has_longer_is_said_and_one_that_begins_is_not() -> None:
    sale = a_sale(a_snapshot(), a_user(), "A1")
    hold = CheckedOutHold(sale.hold_id, sale.showtime_id, sale.user_id, sale.seat_ids, sale.quote, NOW, refreshes=0)
    named = {"A1": Checkout(sale.hold_id, NOW)}
    earlier = {"A1": Checkout(sale.hold_id, NOW - timedelta(seconds=1))}

    def said(checkouts: dict[str, Checkout], *, refreshed: bool) -> int | None:
        change = entering_checkout(a_ledger(sale, checkouts=checkouts), hold, refreshed=refreshed)
        return len(change.events) if change else None

    assert (said({}, refreshed=False), said({}, refreshed=True)) == (0, 1)
    assert (said(earlier, refreshed=False), said(earlier, refreshed=True)) == (1, 1)
    assert (said(named, refreshed=False), said(named, refreshed=True)) == (None, None)


def test_a_payment_is_not_given_up_after_a_verdict() -> None:
    sale = a_sale(a_snapshot(), a_user(), "A1")
    checkouts = {"A1": Checkout(sale.hold_id, NOW)}
    assert leaving_checkout(a_ledger(sale, checkouts=checkouts), sale.booking_id, sale.hold_id) is not None
    sold = {sale.booking_id: Verdict("sold", ("A1",), NOW)}
    assert leaving_checkout(a_ledger(sale, checkouts=checkouts, verdicts=sold), sale.booking_id, sale.hold_id) is None
