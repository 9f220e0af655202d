"""Everything that can happen next to the money of one hold. One step is one write, one call or one message."""

from collections.abc import Iterator
from typing import NamedTuple

from .money_protocol import COUNTER, FREE, CaptureMatch, Dispute, Document, Event, Handler, Seen, State, Which, World


class Step(NamedTuple):
    says: str
    state: State


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    yield from _guest(world, state)
    yield from _seller(world, state)
    yield from _payers(world, state)
    yield from _handle(world, state)
    yield from _publish(state)
    for place, event in enumerate(state.queue):
        if not place or state.queue[place - 1] != event:
            rest = state._replace(queue=state.queue[:place] + state.queue[place + 1 :])
            yield from _deliver(world, rest, event)
            yield from _trouble(state, rest, event)
    yield from _due_work(world, state)
    yield from _people(world, state)


def _less(state: State, what: str) -> State:
    return state._replace(left=state.left._replace(**{what: getattr(state.left, what) - 1}))


def _sent(state: State, *events: Event) -> State:
    return state._replace(queue=tuple(sorted((*state.queue, *events))))


def _busy(state: State, handler: Handler) -> State:
    return state._replace(handlers=tuple(sorted((*state.handlers, handler))))


def _written(state: State, *events: Event, **facts: object) -> State:
    """One write: facts, and the events that follow."""
    document = state.document._replace(**facts)  # type: ignore[arg-type]  # names and values belong together
    outbox = tuple(sorted((*document.outbox, *events)))
    return state._replace(document=document._replace(outbox=outbox))


# --- guests, payers and the provider ---------------------------------------------------------------------------------


def _guest(world: World, state: State) -> Iterator[Step]:
    """create-order: of a sale that costs nothing it is all there is to do."""
    if not state.left.callers:
        return
    asked = _less(state, "callers")._replace(answered=True)
    if world.total:
        yield Step("an order is opened", _written(asked, booked=True))
        return
    if state.document.seen and world.has("a free capture has one id"):
        yield Step("create-order gives the same again", asked)
        return
    seen = (*state.document.seen, Seen(FREE, _matched(world, state.document, FREE)))
    events = (("succeeded", 0),) if len(seen) == 1 else ()
    yield Step("create-order books it", _written(asked, *events, booked=True, seen=seen))


def _seller(world: World, state: State) -> Iterator[Step]:
    """A sale at the counter is one write: order and money, unless something has paid. Called again it is the same."""
    if not state.left.sellers:
        return
    called, document = _less(state, "sellers"), state.document
    if any(seen.which == COUNTER for seen in document.seen):
        yield Step("the counter gives the same again", called)
    elif document.winner is not None and world.has("the counter sells what nothing has paid for yet"):
        yield Step("the counter is refused: it is paid for", called)
    else:
        seen = tuple(sorted((*document.seen, Seen(COUNTER, "winner"))))
        events = (("succeeded", amount(world, state, COUNTER)),)
        yield Step("it is sold at the counter", _written(called, *events, seen=seen))


def _payers(world: World, state: State) -> Iterator[Step]:
    """Money is captured, and its webhook is sent or lost."""
    made = state.provider.captures
    if state.document.booked and len(made) < len(world.pays):
        paid = world.pays[len(made)]
        captured = state._replace(provider=state.provider._replace(captures=(*made, paid)))
        yield Step(f"{paid.amount} are captured", _sent(captured, ("paid", len(made))))
        yield Step(f"{paid.amount} are captured, the webhook is lost", captured)


def _matched(world: World, document: Document, which: Which, amount_fits: bool = True) -> CaptureMatch:
    if not amount_fits and world.has("only what is explained and accepted may differ"):
        return "mismatch"
    return "winner" if document.winner is None else "extra"


def amount(world: World, state: State, which: Which) -> int:
    """What was captured."""
    if which == COUNTER:
        return 0 if world.gift else world.total
    return 0 if which == FREE else state.provider.captures[which].amount


def is_held_back(world: World, state: State, which: Which) -> bool:
    """Whether payment asks for no refund of a capture, because its payer's bank may have taken the money."""
    dispute = state.document.dispute if which == 0 else ""
    holds = {"open", "lost"} if world.has("a dispute that is won lets refunds go on") else {"open", "lost", "won"}
    return dispute in holds and world.has("a dispute holds refunds back")


def _by_hand(state: State, which: Which) -> int:
    return state.document.hand if which == 0 else 0


def owed(world: World, state: State, seen: Seen) -> int:
    """What is still to go back of a capture by a call to its provider, as payment knows it."""
    if seen.which in {FREE, COUNTER}:
        return 0
    hand = _by_hand(state, seen.which) if world.has("a refund by hand counts") else 0
    whole = amount(world, state, seen.which)
    asked = state.document.asked if seen.match == "winner" else whole
    return max(0, min(asked, whole - hand) - state.document.ours[seen.which])


# --- processes -------------------------------------------------------------------------------------------------------


def _handle(world: World, state: State) -> Iterator[Step]:
    for place, handler in enumerate(state.handlers):
        if place and state.handlers[place - 1] == handler:
            continue
        rest = state._replace(handlers=state.handlers[:place] + state.handlers[place + 1 :])
        if state.left.crashes:
            yield Step(f"the process dies before: {handler.does}", _less(rest, "crashes"))
        match handler.does:
            case "settle":
                yield _settled(world, rest, handler)
            case "ask":
                yield _refunded(world, rest, handler)
            case "record":
                ours = _put(rest.document.ours, handler.which, rest.provider.ours[handler.which])
                yield Step("the refund is recorded", _written(rest, ours=ours))


def _settled(world: World, rest: State, handler: Handler) -> Step:
    """The write that records a capture matches it, unless it was matched when it was read."""
    document, which = rest.document, handler.which
    if any(seen.which == which for seen in document.seen):
        return Step("it is recorded already", rest)
    match: CaptureMatch = handler.match  # type: ignore[assignment]  # of one that settles it is one
    if world.has("a capture is matched by the write that records it"):
        match = _matched(world, document, which, world.fits(rest.provider.captures[which]))
    events = (("succeeded", amount(world, rest, which)),) if match == "winner" else ()
    seen = tuple(sorted((*document.seen, Seen(which, match))))
    return Step(f"capture {which} is recorded as {match}", _written(rest, *events, seen=seen))


def _refunded(world: World, rest: State, handler: Handler) -> Step:
    """The provider makes a refund once for a key; more than is left of the capture it refuses, and is read."""
    provider, which = rest.provider, handler.which
    made, hand = provider.ours[which], provider.hand if which == 0 else 0
    again = made and world.has("a refund has a key")
    if not again and made + hand + handler.amount > provider.captures[which].amount:
        return Step("the provider refuses the refund and is read", _read(world, rest))
    ours = _put(provider.ours, which, made if again else made + handler.amount)
    done = rest._replace(provider=provider._replace(ours=ours))
    return Step(f"{handler.amount} of capture {which} go back", _busy(done, handler._replace(does="record")))


def _put(items: tuple[int, ...], place: int, item: int) -> tuple[int, ...]:
    return (*items[:place], item, *items[place + 1 :])


def _read(world: World, state: State) -> State:
    """Every refund the provider has becomes a fact; one by hand of the booking's money is said."""
    document, provider = state.document, state.provider
    is_new = provider.hand != document.hand and document.winner == 0
    events = (("returned", provider.hand),) if is_new else ()
    return _written(state, *events, ours=provider.ours, hand=provider.hand)


def _publish(state: State) -> Iterator[Step]:
    """The outbox is said; who dies before the broker's confirm says it again."""
    for event in sorted(set(state.document.outbox)):
        says, amount_of = event
        heard = (
            [("returned", amount_of)]
            if says == "returned"
            else [(f"{says}→{who}", amount_of) for who in ("booking", "seating")]
        )
        left = list(state.document.outbox)
        left.remove(event)
        out = state._replace(document=state.document._replace(outbox=tuple(left)))
        yield Step(f"{says} is said", _sent(out, *heard))
        if state.left.crashes:
            yield Step(f"{says} is said, its process dies", _sent(_less(state, "crashes"), *heard))


def _due_work(world: World, state: State) -> Iterator[Step]:
    """What payment does by itself: read the lists, give back, say the winner again."""
    document, provider = state.document, state.provider
    if world.has("the provider's lists are read"):
        known = {seen.which for seen in document.seen} | {one.which for one in state.handlers if one.does == "settle"}
        for which in set(range(len(provider.captures))) - known:
            yield Step(f"capture {which} is found in the list", _settling(world, state, which))
        if provider.hand != document.hand and document.seen:
            yield Step("the refund by hand is found in the list", _read(world, state))
        if provider.dispute != document.dispute and document.seen:
            yield Step("the dispute is found in the list", _written(state, dispute=provider.dispute))
    for seen in document.seen:
        due = owed(world, state, seen)
        is_at_it = any(one.does in {"ask", "record"} and one.which == seen.which for one in state.handlers)
        if due and not is_at_it and not is_held_back(world, state, seen.which):
            yield Step(
                f"{due} of capture {seen.which} are to go back", _busy(state, Handler("ask", seen.which, "", due))
            )
    silent = not state.queue and not document.outbox and not state.handlers
    if document.awaits and silent and world.has("the winner is said until booking has decided"):
        said = amount(world, state, document.winner or 0)
        again = (("succeeded→booking", said), ("succeeded→seating", said))
        yield Step("succeeded is said again", _sent(state, *again))


def _settling(world: World, state: State, which: Which) -> State:
    fits = world.fits(state.provider.captures[which])
    return _busy(state, Handler("settle", which, _matched(world, state.document, which, fits)))


# --- messages --------------------------------------------------------------------------------------------------------


def _trouble(state: State, rest: State, event: Event) -> Iterator[Step]:
    if state.left.duplicates:
        yield Step(f"{event[0]} comes twice", _sent(_less(state, "duplicates"), event))
    if state.left.losses and event[0].startswith("succeeded"):
        yield Step(f"{event[0]} is lost with the broker", _less(rest, "losses"))


def _deliver(world: World, rest: State, event: Event) -> Iterator[Step]:
    says, about = event
    match says:
        case "paid":
            yield Step("a webhook is read", _settling(world, rest, about))
        case "hand":
            yield Step("the webhook of a refund by hand is read", _read(world, rest))
        case "dispute":
            yield Step("the webhook of a dispute is read", _written(rest, dispute=rest.provider.dispute))
        case "succeeded→seating":
            for verdict in (rest.seats,) if rest.seats else ("sold", "refused") if rest.open else ("refused",):
                yield Step(f"the seats are {verdict}", _sent(rest._replace(seats=verdict), ("verdict", 0)))
        case "succeeded→booking":
            paid = rest.booking.paid if rest.booking.paid >= 0 else about
            yield Step("booking hears of the money", _decided(rest._replace(booking=rest.booking._replace(paid=paid))))
        case "verdict":
            heard = rest.booking._replace(verdict=rest.seats)
            yield Step("booking hears of the seats", _decided(rest._replace(booking=heard)))
        case "returned":
            heard = rest.booking._replace(returned=about)
            yield Step("booking hears of a refund by hand", rest._replace(booking=heard))
        case _:
            yield Step(f"payment hears {says}", _heard(world, rest, says, about))


def _decided(state: State) -> State:
    """What booking says once it knows of money and seats."""
    booking = state.booking
    if booking.said or booking.paid < 0 or not booking.verdict:
        return state
    state = state._replace(booking=booking._replace(said=True))
    if booking.verdict == "sold":
        return _sent(state, ("confirmed", 0))
    due = (("refund due", booking.paid),) if booking.paid else ()
    granted = state.booking._replace(granted=booking.paid)
    return _sent(state._replace(booking=granted), ("refused", booking.paid), *due)


def _heard(world: World, rest: State, says: str, about: int) -> State:
    match says:
        case "confirmed":
            return _written(rest, decided=True)
        case "refused" if about == 0 and world.has("a refusal ends what was free"):
            return _written(rest, decided=True)
        case "refund due":
            is_back = rest.document.winner == COUNTER and world.has(
                "a refund at the counter is recorded with its request"
            )
            return _written(rest, asked=about, back=about if is_back else 0)
        case "cancelled":
            return _written(rest, ended=True)
    return rest


# --- people ----------------------------------------------------------------------------------------------------------


def case_is_open(world: World, state: State) -> bool:
    """Whether a refund by hand waits for somebody to decide on it."""
    document = state.document
    if not document.hand or document.noted or not world.has("a refund by hand is a case"):
        return False
    if not document.ended:
        return True
    return state.provider.hand_is_late and world.has("a cancellation closes only what was before it")


def refund_case_is_open(world: World, state: State) -> bool:
    """Whether somebody is told that a refund of the first capture waits for its dispute."""
    if not world.has("a refund held back is a case"):
        return False
    return any(owed(world, state, seen) for seen in state.document.seen if is_held_back(world, state, seen.which))


def _disputes(state: State) -> Iterator[Step]:
    """The payer's bank asks for the money of the first capture back, and decides."""
    begins = state.left.disputes and state.provider.captures and not state.provider.dispute
    ends: tuple[Dispute, ...] = ("open",) if begins else ("won", "lost") if state.provider.dispute == "open" else ()
    for status in ends:
        left = _less(state, "disputes") if begins else state
        after = left._replace(provider=left.provider._replace(dispute=status))
        yield Step(f"a dispute is {status}", _sent(after, ("dispute", 0)))
        yield Step(f"a dispute is {status}, the webhook is lost", after)


def _people(world: World, state: State) -> Iterator[Step]:
    booking, provider = state.booking, state.provider
    if state.left.closings and state.open:
        yield Step("the show is closed", _less(state, "closings")._replace(open=False))
    if world.cancels and booking.said and booking.verdict == "sold" and not booking.ended:
        left = max(0, booking.paid - booking.returned)
        for granted in sorted({0, min(1, left), left}):
            ended = state._replace(booking=booking._replace(ended=True, granted=granted))
            due = (("refund due", granted),) if granted else ()
            yield Step(f"the booking is cancelled, {granted} go back", _sent(ended, ("cancelled", 0), *due))
    if state.left.hands and provider.captures and sum((provider.ours[0], provider.hand)) < provider.captures[0].amount:
        late = state.document.ended
        made = _less(state, "hands")._replace(provider=provider._replace(hand=1, hand_is_late=late))
        yield Step("1 goes back by hand", _sent(made, ("hand", 0)))
        yield Step("1 goes back by hand, the webhook is lost", made)
    yield from _disputes(state)
    if state.left.notes and case_is_open(world, state):
        yield Step("a note closes the case", _written(_less(state, "notes"), noted=True))
