"""What must hold of the money, after every step and when nothing is left to do."""

from collections.abc import Callable

from .money_protocol import COUNTER, FREE, State, World
from .money_steps import amount, case_is_open, is_held_back, owed, refund_case_is_open

Invariant = Callable[[World, State], bool]


def no_more_is_asked_for_than_is_left(world: World, before: State, after: State) -> bool:
    """Of a capture, as far as payment knows when it asks."""
    document = after.document
    begun = [one for one in after.handlers if one.does == "ask" and one not in before.handlers]
    gone = {one.which: document.ours[one.which] + (document.hand if one.which == 0 else 0) for one in begun}
    return all(one.amount <= amount(world, after, one.which) - gone[one.which] for one in begun)


def nothing_is_asked_for_that_is_disputed(before: State, after: State) -> bool:
    """As far as payment knows when it asks: what the payer's bank has taken would go back twice."""
    begun = [one for one in after.handlers if one.does == "ask" and one not in before.handlers]
    return after.document.dispute not in {"open", "lost"} or all(one.which != 0 for one in begun)


def one_capture_wins(_: World, state: State) -> bool:
    return sum(seen.match == "winner" for seen in state.document.seen) <= 1


def never_more_goes_back_than_came(world: World, state: State) -> bool:
    return all(_gone(state, which) <= whole for which, whole in _captures(world, state))


def what_is_free_is_captured_once_and_never_given_back(world: World, state: State) -> bool:
    is_free = any(seen.which == FREE for seen in state.document.seen)
    if not is_free:
        return True
    return len(state.document.seen) == 1 and world.total == 0 and not any(h.does == "ask" for h in state.handlers)


def _captures(world: World, state: State) -> list[tuple[int, int]]:
    """Each at the provider and at the counter, with its amount."""
    taken = [COUNTER] if any(seen.which == COUNTER for seen in state.document.seen) else []
    return [(which, amount(world, state, which)) for which in (*range(len(state.provider.captures)), *taken)]


def _gone(state: State, which: int) -> int:
    if which == COUNTER:
        return state.document.back
    return state.provider.ours[which] + (state.provider.hand if which == 0 else 0)


def every_capture_is_kept_or_goes_back(world: World, state: State) -> bool:
    """Kept is what paid for a booking that was confirmed, less what was granted and what went back by hand. What is
    disputed waits until it is won."""
    return all(
        _gone(state, which) == _wanted(state, which, whole) or _waits(state, which)
        for which, whole in _captures(world, state)
    )


def _waits(state: State, which: int) -> bool:
    return which == 0 and state.provider.dispute in {"open", "lost"}


def a_refund_that_waits_is_a_case(world: World, state: State) -> bool:
    """Somebody is told of what a dispute holds back."""
    waiting = [
        which
        for which, paid in enumerate(state.provider.captures)
        if _waits(state, which) and _gone(state, which) < _wanted(state, which, paid.amount)
    ]
    return not waiting or refund_case_is_open(world, state)


def _wanted(state: State, which: int, whole: int) -> int:
    booking, hand = state.booking, state.provider.hand if which == 0 else 0
    if state.document.winner != which or booking.verdict != "sold":
        return whole
    return min(whole, booking.granted + hand) if booking.ended else hand


def what_was_decided_is_not_said_again(_: World, state: State) -> bool:
    return not (state.document.awaits and state.booking.said)


def what_was_booked_is_decided(_: World, state: State) -> bool:
    """A guest who was told of a booking gets one, or is refused; nobody waits for ever."""
    return not state.document.awaits and (state.document.winner is None or state.booking.said)


def a_confirmed_booking_is_paid(world: World, state: State) -> bool:
    if state.booking.verdict != "sold":
        return True
    winner = state.document.winner
    if winner == FREE:
        return world.total == 0
    if winner == COUNTER:
        return world.total > 0
    return winner is not None and world.fits(state.provider.captures[winner])


def a_refund_by_hand_waits_for_somebody(world: World, state: State) -> bool:
    """Until a note, or until the booking was cancelled after it."""
    decided = state.document.noted or (state.document.ended and not state.provider.hand_is_late)
    return not state.provider.hand or decided or case_is_open(world, state)


ALWAYS: tuple[Invariant, ...] = (
    one_capture_wins,
    never_more_goes_back_than_came,
    what_is_free_is_captured_once_and_never_given_back,
)
WHEN_IDLE: tuple[Invariant, ...] = (what_was_decided_is_not_said_again,)
WHEN_QUIET: tuple[Invariant, ...] = (
    every_capture_is_kept_or_goes_back,
    what_was_booked_is_decided,
    a_confirmed_booking_is_paid,
    a_refund_by_hand_waits_for_somebody,
    a_refund_that_waits_is_a_case,
)


def _idle(state: State) -> bool:
    return not (state.queue or state.handlers or state.document.outbox)


def quiet(world: World, state: State) -> bool:
    """Nothing is under way, and no work of ours is due."""
    if not _idle(state):
        return False
    if state.document.awaits and world.has("the winner is said until booking has decided"):
        return False
    if world.has("the provider's lists are read"):
        seen = {one.which for one in state.document.seen}
        unseen = not set(range(len(state.provider.captures))) <= seen or state.provider.hand != state.document.hand
        if unseen or state.provider.dispute != state.document.dispute:
            return False
    return not any(
        owed(world, state, seen) for seen in state.document.seen if not is_held_back(world, state, seen.which)
    )


def breach(world: World, before: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    if not no_more_is_asked_for_than_is_left(world, before, after):
        return no_more_is_asked_for_than_is_left.__name__
    if not nothing_is_asked_for_that_is_disputed(before, after):
        return nothing_is_asked_for_that_is_disputed.__name__
    asked = ALWAYS + (WHEN_IDLE if _idle(after) else ()) + (WHEN_QUIET if quiet(world, after) else ())
    return next((holds.__name__ for holds in asked if not holds(world, after)), "")
