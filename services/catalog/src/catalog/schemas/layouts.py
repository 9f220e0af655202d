"""Layouts of screens: where the seats are in the grid, and what is painted on them."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, StringConstraints, Tag

from catalog.domain.layouts import faults
from catalog.schemas.fields import Id, Name, Short
from chassis.bodies import RequestBody
from chassis.changes import Change
from chassis.problems import Fault, InvalidInput
from chassis.text import Line
from contracts.layout import Aisle, Layout, Numbering, SeatLabel, SeatType

_MAX_FAULTS = 50
_MAX_SEATS = 10_000

RowLetters = Annotated[str, StringConstraints(max_length=4)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10), Line]
SeatId = Annotated[str, StringConstraints(max_length=10)]
SeatIds = Annotated[tuple[SeatId, ...], Field(max_length=_MAX_SEATS)]


class SeatTypeBody(SeatType, RequestBody):
    """A type of seat, the rows it takes (none: all that no other takes) and its factor on the showtime's base price."""

    type: Short
    rows: Annotated[tuple[RowLetters, ...], Field(max_length=100)] = ()


class AisleBody(Aisle, RequestBody):
    """An aisle that follows a column, in these rows of the grid (none: in all)."""

    rows: Annotated[tuple[RowLetters, ...], Field(max_length=100)] = ()


class SeatLabelBody(SeatLabel, RequestBody):
    """What is painted on a seat and printed on its ticket; both are text, shown as they are."""

    row: Label
    number: Label


class NumberingBody(Numbering, RequestBody):
    """How seats are numbered: from the left or the right wall, by columns of the grid or by the seats of the row."""


def _form(aisle: Any) -> str:
    return "object" if isinstance(aisle, (dict, AisleBody)) else "column"


Column = Annotated[int, Field(strict=True, ge=1, le=100)]
AnyAisle = Annotated[Annotated[Column, Tag("column")] | Annotated[AisleBody, Tag("object")], Discriminator(_form)]


class LayoutBody(Layout, RequestBody):
    """A grid of rows lettered A, B, … Z, AA, … from the screen and columns counted from the left, as in `C7`.

    `rowLabels` has one entry for each row of the grid or none at all; a row whose label is null has no seats. Labels
    of seats follow from `rowLabels` and `numbering`; `seatLabels` wins for the seats that it names.
    """

    aisles: Annotated[tuple[AnyAisle, ...], Field(max_length=200)] = ()
    seat_types: Annotated[tuple[SeatTypeBody, ...], Field(max_length=100)] = ()
    gaps: SeatIds = ()
    blocked: SeatIds = ()
    accessible: SeatIds = ()
    companions: Annotated[dict[SeatId, SeatId], Field(max_length=_MAX_SEATS)] = Field(default_factory=dict)
    pairs: Annotated[tuple[tuple[SeatId, SeatId], ...], Field(max_length=_MAX_SEATS)] = ()
    row_labels: Annotated[tuple[Label | None, ...], Field(max_length=100)] = ()
    numbering: NumberingBody = NumberingBody()
    seat_labels: Annotated[dict[SeatId, SeatLabelBody], Field(max_length=_MAX_SEATS)] = Field(  # type: ignore[assignment]  # frozen: nobody puts another kind in
        default_factory=dict
    )


class NewScreen(RequestBody):
    """A new screen."""

    theater_id: Id
    name: Name
    layout: LayoutBody

    def checked(self) -> dict[str, Any]:
        """As it is stored; raises `InvalidInput` with every place of the layout that is wrong."""
        wrong = [Fault(path=f"layout.{path}", message=message) for path, message in faults(self.layout)]
        if wrong:
            first, *more = wrong[:_MAX_FAULTS]
            raise InvalidInput(first["path"], first["message"], *more)
        return self.model_dump(mode="json")


class ScreenPatch(Change[NewScreen]):
    """What to change of a screen; a new layout counts for showtimes scheduled from then on."""
