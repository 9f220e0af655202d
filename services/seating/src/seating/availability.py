"""The seat map as JSON: what is static is rendered once per snapshot and prices, then joined with a letter per seat."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from cachetools import FIFOCache

from contracts.layout import Aisle, Layout, Seat
from pricing import PricesByType
from seating.domain import SEAT_STATUSES, SeatMap, Showtime
from seating.usecases.seat_maps import PricedSeatMap

_CACHED_SEATS = 400_000  # of all templates together: some 120 MB
_STATUSES = {letter: f'{status}"'.encode() for letter, status in SEAT_STATUSES.items()}


@dataclass(frozen=True, slots=True)
class SeatMapTemplate:
    """The parts of the JSON that no hold changes, for one snapshot (`revision`) and its prices.

    `before` and `after` have, for each seat, what stands before and after the value of its status. `stamp` names the
    revision and the prices in ETags.
    """

    prices: PricesByType
    revision: int
    stamp: str
    currency: str
    layout: bytes
    before: Sequence[bytes]
    after: Sequence[bytes]

    @classmethod
    def of(cls, showtime: Showtime, prices: PricesByType) -> "SeatMapTemplate":
        """Render a showtime at these prices."""
        snapshot = showtime.snapshot
        before = [_before_status(seat, prices[seat.type].price) for seat in showtime.seats]
        return cls(
            prices=prices,
            revision=snapshot.revision,
            stamp=f"{snapshot.revision}-{zlib.crc32(b''.join(before)):08x}",
            currency=snapshot.prices.currency,
            layout=_layout(snapshot.layout),
            before=before,
            after=[_after_status(seat) for seat in showtime.seats],
        )


class SeatMapTemplates:
    """A bounded cache of the templates of the showtimes that are being looked at."""

    def __init__(self) -> None:
        self._cache: FIFOCache[str, SeatMapTemplate] = FIFOCache(_CACHED_SEATS, getsizeof=lambda it: len(it.before))

    def get(self, showtime: Showtime, prices: PricesByType) -> SeatMapTemplate:
        """The template for this snapshot and these prices."""
        cached = self._cache.get(showtime.id)
        if cached is not None and cached.revision == showtime.snapshot.revision and cached.prices == prices:
            return cached
        template = self._cache[showtime.id] = SeatMapTemplate.of(showtime, prices)
        return template


def etag(template: SeatMapTemplate, seats: SeatMap, user_id: str) -> str:
    """Covers map version, snapshot revision, prices and caller."""
    return f'"{seats.version}-{template.stamp}-{zlib.crc32(user_id.encode()):08x}"'


def body(priced: PricedSeatMap, template: SeatMapTemplate, state: str) -> bytes:
    """An `AvailabilityView` as JSON; `state` has the seats' letters as the caller may see them."""
    showtime, seats = priced.showtime, priced.seats
    after = _marked(showtime, template.after, seats.mine) if seats.mine else template.after
    parts = zip(template.before, state, after, strict=True)
    rendered = [before + _STATUSES[letter] + rest for before, letter, rest in parts]
    head = b'{"showtimeId":"%b","version":%d,"currency":"%b","layout":%b,"seats":[' % (
        showtime.id.encode(),
        seats.version,
        template.currency.encode(),
        template.layout,
    )
    return head + b",".join(rendered) + b"]}"


def state_etag(seats: SeatMap) -> str:
    """Covers the map's version: nothing else is in the live part."""
    return f'"{seats.version}"'


def state_body(showtime_id: str, seats: SeatMap) -> bytes:
    """A `StateView` as JSON."""
    return orjson.dumps({"showtimeId": showtime_id, "version": seats.version, "state": seats.state})


def watched_body(showtime: Showtime, seats: SeatMap) -> bytes:
    """What the gateway needs to show the seats live: `state` has a letter for each of `seatIds`; `status` is `open`,
    `begun` or `cancelled`."""
    closed = "cancelled" if showtime.snapshot.status == "cancelled" else "begun"
    return orjson.dumps(
        {
            "showtimeId": showtime.id,
            "version": seats.version,
            "state": seats.state,
            "seatIds": list(showtime.index),
            "status": closed if seats.closed else "open",
        }
    )


def _before_status(seat: Seat, price: int) -> bytes:
    members = {
        "seatId": seat.seat_id,
        "row": seat.row,
        "number": seat.number,
        "label": {"row": seat.label.row, "number": seat.label.number},
        "type": seat.type,
        "price": price,
    }
    return orjson.dumps(members)[:-1] + b',"status":"'


def _after_status(seat: Seat) -> bytes:
    """Members that few seats have, and the end of the object."""
    rare = {"accessible": seat.accessible or None, "companionOf": seat.companion_of, "pairedWith": seat.paired_with}
    members = orjson.dumps({name: value for name, value in rare.items() if value is not None})
    return b"}" if members == b"{}" else b"," + members[1:]


def _marked(showtime: Showtime, after: Sequence[bytes], mine: Mapping[str, str]) -> list[bytes]:
    """`after`, with the caller's own seats marked and their holds named."""
    marked = list(after)
    for seat, hold_id in mine.items():
        place = showtime.index[seat]
        rest = after[place]
        marked[place] = b',"mine":true,"holdId":"' + hold_id.encode() + b'"' + rest
    return marked


def _layout(layout: Layout) -> bytes:
    aisles = [_aisle(aisle) for aisle in layout.aisles]
    return orjson.dumps({"rows": layout.rows, "cols": layout.cols, "aisles": aisles})


def _aisle(aisle: int | Aisle) -> object:
    return aisle if isinstance(aisle, int) else aisle.model_dump(by_alias=True, exclude_defaults=True)
