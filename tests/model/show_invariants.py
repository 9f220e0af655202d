"""What must hold of a booking and its show, after every step and when nothing is left to do."""

from collections.abc import Callable

from .show_protocol import FACTS, State, World

Invariant = Callable[[World, State, State], bool]


def facts_are_never_taken_back(_: World, before: State, after: State) -> bool:
    return before.document.facts <= after.document.facts and before.document.told <= after.document.told


def a_cancellation_knows_what_was_stored_when_it_was_asked_for(_: World, before: State, after: State) -> bool:
    cancels = [handler for handler in before.handlers if handler.does == "cancel"]
    decided = after.document.cancelled_by and not before.document.cancelled_by
    return not decided or all(after.document.cancelled_by >= cancel.newest for cancel in cancels)


def every_fact_is_recorded(_: World, __: State, after: State) -> bool:
    return after.document.facts == set(FACTS)


def what_is_confirmed_was_said(_: World, __: State, after: State) -> bool:
    return after.document.said


def a_confirmed_booking_knows_its_show_as_it_is(_: World, __: State, after: State) -> bool:
    return after.document.told == after.stored.revision


ALWAYS: tuple[Invariant, ...] = (
    facts_are_never_taken_back,
    a_cancellation_knows_what_was_stored_when_it_was_asked_for,
)
WHEN_QUIET: tuple[Invariant, ...] = (
    every_fact_is_recorded,
    what_is_confirmed_was_said,
    a_confirmed_booking_knows_its_show_as_it_is,
)


def quiet(_: World, state: State) -> bool:
    """Nothing is under way, and no work of ours is due."""
    return not (state.queue or state.handlers or state.stored.due or state.left.snapshots)


def breach(world: World, before: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    broken = ALWAYS + (WHEN_QUIET if quiet(world, after) else ())
    return next((holds.__name__ for holds in broken if not holds(world, before, after)), "")
