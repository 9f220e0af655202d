"""Copies of what a sale left differ from it in the ids alone."""

import bson

from bench.history import Trace
from contracts.ids import is_id, new_id

SHOWTIME, OTHER = new_id("sho"), new_id("sho")
BOOKING = new_id("bkg")
DOCUMENT = {"_id": BOOKING, "showtime_id": SHOWTIME, "ticket": f"{BOOKING}.A1", "order": "order_R1aB2cD3eF4gH5", "n": 3}
PLACE = ("booking", "bookings")
OWN = [BOOKING[4:].encode(), SHOWTIME[4:].encode(), b"R1aB2cD3eF4gH5"]
TRACE = Trace({PLACE: [bson.encode(DOCUMENT)]}, OWN)


def _copy(serial: int) -> dict[str, object]:
    ((place, document),) = TRACE.copy({SHOWTIME[4:].encode(): OTHER[4:].encode()}, serial, 1_700_000_000_000)
    assert place == PLACE
    copied: dict[str, object] = bson.decode(document)
    return copied


def test_a_copy_has_ids_of_its_own_wherever_they_stand_and_names_what_it_is_to_name() -> None:
    copy = _copy(999_999)
    assert is_id("bkg", str(copy["_id"]))
    assert copy["ticket"] == f"{copy['_id']}.A1"
    assert (copy["showtime_id"], copy["n"]) == (OTHER, 3)
    assert len(str(copy["order"])) == len(DOCUMENT["order"])  # type: ignore[arg-type]


def test_no_two_copies_share_an_id() -> None:
    copies = [_copy(serial) for serial in range(200)]
    assert len({copy["_id"] for copy in copies}) == len({copy["order"] for copy in copies}) == len(copies)


def test_what_stands_for_a_part_can_be_told_without_the_copy() -> None:
    assert TRACE.fresh(OWN[0], 5, 1_700_000_000_000).decode() == str(_copy(5)["_id"])[4:]
