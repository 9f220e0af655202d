"""Screens as clients send and read them: where the seats are in the grid, and what is painted on them."""

from dataclasses import replace
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Discriminator, Field, StringConstraints, Tag

from catalog.domain.layouts import faults, seats_for_sale
from catalog.domain.plain import from_plain, to_plain
from catalog.domain.theaters import Screen
from catalog.schemas.fields import Id, Name, Short
from chassis.bodies import RequestBody, ResponseBody
from chassis.changes import Change
from chassis.problems import Fault, InvalidInput
from chassis.text import Line
from contracts.layout import Aisle, Layout, Numbering, SeatLabel, SeatType

_MAX_FAULTS = 50
MAX_SEATS = 10_000

RowLetters = Annotated[str, StringConstraints(max_length=4)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10), Line]
SeatId = Annotated[str, StringConstraints(max_length=10)]
SeatIds = Annotated[tuple[SeatId, ...], Field(max_length=MAX_SEATS)]


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
    companions: Annotated[dict[SeatId, SeatId], Field(max_length=MAX_SEATS)] = Field(default_factory=dict)
    pairs: Annotated[tuple[tuple[SeatId, SeatId], ...], Field(max_length=MAX_SEATS)] = ()
    row_labels: Annotated[tuple[Label | None, ...], Field(max_length=100)] = ()
    numbering: NumberingBody = NumberingBody()
    seat_labels: Annotated[dict[SeatId, SeatLabelBody], Field(max_length=MAX_SEATS)] = Field(  # type: ignore[assignment]  # frozen: nobody puts another kind in
        default_factory=dict
    )


class NewScreen(RequestBody):
    """A new screen."""

    theater_id: Id
    name: Name
    layout: LayoutBody

    def screen(self, screen_id: str, version: int = 1) -> Screen:
        """The screen with this id; raises `InvalidInput` with every place of the layout that is wrong."""
        wrong = [Fault(path=f"layout.{path}", message=message) for path, message in faults(self.layout)]
        if wrong:
            raise InvalidInput.of(wrong[:_MAX_FAULTS])
        seats_total, _ = seats_for_sale(self.layout)
        identity = {"id": screen_id, "version": version, "seats_total": seats_total}
        return from_plain(Screen, {**self.model_dump(), **identity})


class ScreenPatch(Change[NewScreen]):
    """What to change of a screen; a new layout counts for showtimes scheduled from then on."""

    def revised(self, screen: Screen) -> Screen:
        """The screen with the change in it; raises `RequestValidationError` and `InvalidInput`."""
        revised = self.applied(to_plain(screen)).screen(screen.id, screen.version)
        if revised.theater_id != screen.theater_id:
            raise InvalidInput("theaterId", "stays as it is: a screen is not moved to another theater")
        return replace(revised, prices=screen.prices)


class ScreenLayoutView(Layout):
    """A screen's layout in full, also where what was sent left something out."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class ScreenView(ResponseBody):
    """A screen and its layout."""

    id: str
    theater_id: str
    name: str
    layout: ScreenLayoutView
    seats_total: Annotated[int, Field(ge=0)]

    @classmethod
    def of(cls, screen: Screen) -> Self:
        """The screen as it is shown."""
        return cls(
            id=screen.id,
            theater_id=screen.theater_id,
            name=screen.name,
            layout=ScreenLayoutView.model_construct(**dict(screen.layout)),  # it has been checked
            seats_total=screen.seats_total,
        )


class ChangedScreenView(ScreenView):
    """A screen, and its upcoming showtimes that keep another layout than it has now."""

    keeps: list[str]

    @classmethod
    def keeping(cls, screen: Screen, keeps: list[str]) -> Self:
        """The screen as it is shown, and the ids of those showtimes."""
        return cls(**dict(ScreenView.of(screen)), keeps=keeps)
