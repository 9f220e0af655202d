"""Seats in their one order, and who sits beside whom."""

from services.seating.tests.factories import a_sale, a_showtime, a_user
from tests.factories import a_snapshot

from seating.domain import hold_of


def test_seats_are_numbered_row_by_row_with_gaps_left_out_and_blocked_ones_marked() -> None:
    layout = {"rows": 2, "cols": 3, "gaps": ("A2",), "blocked": ("B1",)}
    showtime = a_showtime(layout=layout)
    assert [seat.seat_id for seat in showtime.seats] == ["A1", "A3", "B1", "B2", "B3"]
    assert showtime.empty_map() == "aabaa"
    assert showtime.tokens(["B3", "A1"]) == "B3:4 A1:0"


def test_an_aisle_and_a_gap_part_a_row_into_blocks_of_neighbours() -> None:
    layout = {"rows": 2, "cols": 6, "aisles": (2, {"after": 4, "rows": ("B",)}), "gaps": ("A5",)}
    blocks = a_showtime(layout=layout).adjacency.seat_blocks
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
    showtime = a_showtime(layout=layout)
    assert showtime.exposed(["A4"]) == "A3:2:1"
    assert showtime.exposed(["A3"]) == "A2:1:0 A4:3:4"
    assert (showtime.missing_partners(["A2", "A3"]), showtime.missing_partners(["A1", "A2"])) == ("A1:0", "")


def test_a_layout_without_seats_has_no_blocks() -> None:
    assert a_showtime(layout={"rows": 1, "cols": 1, "gaps": ("A1",)}).adjacency.seat_blocks == ()


def test_a_booking_names_its_hold() -> None:
    sale = a_sale(a_snapshot(), a_user(), "A1")
    assert hold_of(sale.booking_id, sale.showtime_id) == sale.hold_id


def test_showtimes_of_one_layout_share_its_seats_and_those_of_another_have_their_own() -> None:
    first, second = (a_showtime(layout={"rows": 2, "cols": 3}) for _ in range(2))
    other = a_showtime(layout={"rows": 2, "cols": 3, "numbering": {"from": "right"}})
    assert first.id != second.id
    assert first.seats is second.seats
    assert [seat.label.number for seat in first.seats] == ["1", "2", "3"] * 2
    assert [seat.label.number for seat in other.seats] == ["3", "2", "1"] * 2
