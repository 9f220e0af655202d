"""A screen's layout and the seats it gives, in the one order that maps and states use.

A seat's id names its place in the grid (`C7`: third row from the screen, seventh column from the left) and never
changes; its label is what is painted on the seat and printed on the ticket.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from contracts.event import Value
from contracts.ids import ScreenId


class ScreenDetails(Value):
    """The screen, as a ticket names it."""

    screen_id: ScreenId
    name: str


class SeatType(Value):
    """A type of seat, the rows it takes (none: all that no other takes) and its factor on the showtime's base price."""

    type: str = Field(min_length=1, max_length=40)
    rows: tuple[str, ...] = ()
    price_factor: float = Field(default=1.0, strict=True, ge=0, le=100, allow_inf_nan=False)


class Aisle(Value):
    """An aisle that follows a column, in these rows of the grid (none: in all)."""

    after: int = Field(strict=True, ge=1, le=100)
    rows: tuple[str, ...] = ()


class SeatLabel(Value):
    """What is painted on a seat and printed on its ticket; both are text, shown as they are."""

    row: str = Field(min_length=1, max_length=10)
    number: str = Field(min_length=1, max_length=10)

    def __str__(self) -> str:
        """As one word, `C7`, where letters stand before digits; else as two, `Box 1a`."""
        joined = self.row.isalpha() and len(self.row) <= 2 and self.number[0].isdecimal()
        return f"{self.row}{self.number}" if joined else f"{self.row} {self.number}"


class Numbering(Value):
    """How seats are numbered: from the left or the right wall, by columns of the grid or by the seats of the row."""

    from_: Literal["left", "right"] = Field(default="left", alias="from")
    count: Literal["columns", "seats"] = "columns"


class Seat(Value):
    """One seat; `row` and `number` are its place in the grid, so a gap leaves a number out."""

    seat_id: str
    row: str
    number: int
    label: SeatLabel
    type: str
    accessible: bool = False
    blocked: bool = False
    companion_of: str | None = None
    """The accessible seat beside which this one is kept for a companion."""
    paired_with: str | None = None
    """The other seat of a couple's pair: both are sold together."""


class Layout(Value):
    """A grid of rows lettered A, B, … Z, AA, … from the screen and columns counted from the left.

    `row_labels` has one entry for each row of the grid or none at all; a row whose label is null has no seats. Labels
    of seats follow from `row_labels` and `numbering`; `seat_labels` wins for the seats that it names.
    """

    rows: int = Field(strict=True, ge=1, le=100)
    cols: int = Field(strict=True, ge=1, le=100)
    aisles: tuple[int | Aisle, ...] = ()
    seat_types: tuple[SeatType, ...] = ()
    gaps: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    accessible: tuple[str, ...] = ()
    companions: dict[str, str] = Field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()
    row_labels: tuple[str | None, ...] = ()
    numbering: Numbering = Numbering()
    seat_labels: dict[str, SeatLabel] = Field(default_factory=dict)

    def seats(self) -> Iterator[Seat]:
        """Every seat, row by row from the screen and left to right: the order of `seats` and `state`."""
        blocked, accessible = set(self.blocked), set(self.accessible)
        partners = {seat: partner for pair in self.pairs for seat, partner in (pair, pair[::-1])}
        for row, columns in self._rows_of_seats():
            seat_type = self.type_of(row)
            for number in columns:
                seat_id = f"{row}{number}"
                yield Seat(
                    seat_id=seat_id,
                    row=row,
                    number=number,
                    label=self._label(row, number, columns),
                    type=seat_type,
                    accessible=seat_id in accessible,
                    blocked=seat_id in blocked,
                    companion_of=self.companions.get(seat_id),
                    paired_with=partners.get(seat_id),
                )

    def _rows_of_seats(self) -> Iterator[tuple[str, list[int]]]:
        """Each row of the grid that has seats, by its letters, with the columns of its seats."""
        gaps = set(self.gaps)
        for index in range(self.rows):
            row = row_letters(index)
            if self.row_label(index) is not None:
                yield row, [number for number in range(1, self.cols + 1) if f"{row}{number}" not in gaps]

    def row_label(self, index: int) -> str | None:
        """The label of a row of the grid, counted from 0 at the screen; None for a row without seats."""
        return self.row_labels[index] if index < len(self.row_labels) else row_letters(index)

    def _label(self, row: str, number: int, columns: list[int]) -> SeatLabel:
        """What is painted on the seat in this row and column; `columns` are those of all seats of the row."""
        if own := self.seat_labels.get(f"{row}{number}"):
            return own
        counted = columns if self.numbering.count == "seats" else range(1, self.cols + 1)
        place = counted.index(number) + 1
        painted = place if self.numbering.from_ == "left" else len(counted) + 1 - place
        return SeatLabel(row=self.row_label(row_index(row)) or row, number=str(painted))

    def aisle_after(self, row: str, column: int) -> bool:
        """Whether an aisle follows this column in this row of the grid."""
        return any(
            aisle == column if isinstance(aisle, int) else aisle.after == column and row in (aisle.rows or (row,))
            for aisle in self.aisles
        )

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


def row_index(letters: str) -> int:
    """A → 0, Z → 25, AA → 26: what `row_letters` undoes."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
