"""The seat map as JSON: the static part is rendered once per snapshot and prices, then joined with a byte per seat."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from contracts.layout import Aisle, Seat
from seating.domain import STATUS_WORDS, SeatMap, Showtime
from seating.pricing import Prices

_KEPT = 2_000
_STATUS = {byte: f'{word}"'.encode() for byte, word in STATUS_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Plate:
    """What does not change with each hold; `stamp` names revision and prices."""

    prices: Prices
    revision: int
    stamp: str
    currency: str
    layout: bytes
    before: tuple[bytes, ...]
    after: tuple[bytes, ...]


def _plate(showtime: Showtime, prices: Prices) -> Plate:
    layout = showtime.snapshot.layout
    shape = {"rows": layout.rows, "cols": layout.cols, "aisles": [_aisle(aisle) for aisle in layout.aisles]}
    before = tuple(
        orjson.dumps(
            {
                "seatId": seat.seat_id,
                "row": seat.row,
                "number": seat.number,
                "label": {"row": seat.label.row, "number": seat.label.number},
                "type": seat.type,
                "price": prices[seat.type].price,
            }
        )[:-1]
        + b',"status":"'
        for seat in showtime.seats
    )
    after = tuple(_ending(seat) for seat in showtime.seats)
    stamp = f"{showtime.snapshot.revision}-{zlib.crc32(b''.join(before)):08x}"
    return Plate(
        prices, showtime.snapshot.revision, stamp, showtime.snapshot.prices.currency, orjson.dumps(shape), before, after
    )


def _ending(seat: Seat) -> bytes:
    """What stands after the status: members that few seats have, and the end of the object."""
    rare = {"accessible": seat.accessible or None, "companionOf": seat.companion_of, "pairedWith": seat.paired_with}
    members = orjson.dumps({name: value for name, value in rare.items() if value is not None})
    return b"}" if members == b"{}" else b"," + members[1:]


def _aisle(aisle: int | Aisle) -> Any:
    return aisle if isinstance(aisle, int) else aisle.model_dump(by_alias=True, exclude_defaults=True)


class Plates:
    """The plates of the showtimes that are being looked at."""

    def __init__(self) -> None:
        self._kept: dict[str, Plate] = {}

    def of(self, showtime: Showtime, prices: Prices) -> Plate:
        """The plate for this snapshot and these prices."""
        kept = self._kept.get(showtime.id)
        if kept is not None and kept.revision == showtime.snapshot.revision and kept.prices == prices:
            return kept
        if len(self._kept) >= _KEPT:
            self._kept.pop(next(iter(self._kept)))
        made = self._kept[showtime.id] = _plate(showtime, prices)
        return made


def etag(plate: Plate, seats: SeatMap, user_id: str) -> str:
    """Covers map version, snapshot revision, prices and caller."""
    return f'"{seats.version}-{plate.stamp}-{zlib.crc32(user_id.encode()):08x}"'


def body(showtime: Showtime, plate: Plate, seats: SeatMap) -> bytes:
    """The whole answer."""
    after = _marked(showtime, plate.after, seats.mine) if seats.mine else plate.after
    each = [first + _STATUS[byte] + last for first, byte, last in zip(plate.before, seats.state, after, strict=True)]
    head = b'{"showtimeId":"%b","version":%d,"currency":"%b","layout":%b,"seats":[' % (
        showtime.id.encode(),
        seats.version,
        plate.currency.encode(),
        plate.layout,
    )
    return head + b",".join(each) + b"]}"


def _marked(showtime: Showtime, after: tuple[bytes, ...], mine: Mapping[str, str]) -> list[bytes]:
    marked = list(after)
    for seat, hold_id in mine.items():
        at = showtime.index[seat]
        marked[at] = b',"mine":true,"holdId":"' + hold_id.encode() + b'"' + (after[at] if after[at] != b"}" else b"}")
    return marked


def state_etag(seats: SeatMap) -> str:
    """Covers the map's version: nothing else is in the live part."""
    return f'"{seats.version}"'


def state(showtime_id: str, seats: SeatMap) -> bytes:
    """The live part alone."""
    return orjson.dumps({"showtimeId": showtime_id, "version": seats.version, "state": seats.state})
