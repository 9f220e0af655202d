"""A screen's layout and the seats it gives, in the one order that maps and states use."""

from collections.abc import Iterator

from pydantic import Field

from contracts.event import Part


class SeatType(Part):
    """A type of seat, the rows it takes (none: all that no other takes) and its factor on the showtime's base price."""

    type: str = Field(min_length=1, max_length=40)
    rows: tuple[str, ...] = ()
    price_factor: float = Field(default=1.0, strict=True, ge=0, le=100, allow_inf_nan=False)


class Seat(Part):
    """One seat; `number` counts from the left and is the column, so a gap leaves a number out."""

    seat_id: str
    row: str
    number: int
    type: str
    accessible: bool = False
    blocked: bool = False


class Layout(Part):
    """Rows are lettered A, B, … Z, AA, … from the screen; `aisles` are the columns an aisle follows."""

    rows: int = Field(strict=True, ge=1, le=100)
    cols: int = Field(strict=True, ge=1, le=100)
    aisles: tuple[int, ...] = ()
    seat_types: tuple[SeatType, ...] = ()
    gaps: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    accessible: tuple[str, ...] = ()

    def seats(self) -> Iterator[Seat]:
        """Every seat, row by row from the screen and left to right: the order of `seats` and `state`."""
        gaps, blocked, accessible = set(self.gaps), set(self.blocked), set(self.accessible)
        for index in range(self.rows):
            row = row_letters(index)
            kind = self.type_of(row)
            for number in range(1, self.cols + 1):
                seat_id = f"{row}{number}"
                if seat_id not in gaps:
                    yield Seat(seat_id=seat_id, row=row, number=number, type=kind,
                               accessible=seat_id in accessible, blocked=seat_id in blocked)  # fmt: skip

    def type_of(self, row: str) -> str:
        """The seat type of a row: the one that names it, else the one without rows, else `standard`."""
        named = next((t.type for t in self.seat_types if row in t.rows), None)
        rest = next((t.type for t in self.seat_types if not t.rows), "standard")
        return named or rest

    def factor_of(self, seat_type: str) -> float:
        """The type's factor on the base price; 1 for a type the layout does not name."""
        return next((t.price_factor for t in self.seat_types if t.type == seat_type), 1.0)


def row_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
