"""A theater's change of a showtime's seats: seats that are taken out, or another screen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from contracts.layout import Layout, ScreenDetails

Moves = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""By booking the seats that it leaves and those that it gets."""


@dataclass(frozen=True, slots=True)
class SeatChange:
    """What is wished: the seats that are taken out (`blocked`, the whole list), or another screen (its id).

    `reseat` moves whoever has a seat that is taken out; a `dry_run` only says what would come of it. `reasons` are
    those that change, by seat: None takes one out.
    """

    screen_id: str | None = None
    blocked: tuple[str, ...] | None = None
    reseat: bool = False
    dry_run: bool = False
    reasons: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replanned:
    """What seating made of it: the showtime's seats since its change number `number`, and who was moved or is not
    placed."""

    number: int
    placed: int
    moved: Moves
    unplaced: Moves
    layout: Layout
    screen: ScreenDetails


@dataclass(frozen=True, slots=True)
class SeatChangeOutcome:
    """What came of a change, with the references of the bookings that it hits, as far as they have one."""

    change: SeatChange
    replanned: Replanned
    references: Mapping[str, str] = field(default_factory=dict)


def reasons_after(
    before: Mapping[str, str], changed: Mapping[str, str | None], blocked: Collection[str]
) -> dict[str, str]:
    """Why seats are taken out, by seat, after a change: a seat that is not taken out has no reason."""
    present = {**before, **changed}
    return {seat: reason for seat in blocked if (reason := present.get(seat)) is not None}
