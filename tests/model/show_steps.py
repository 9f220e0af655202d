"""Everything that can happen next to a booking and its show. One step is one read, one write or one message."""

from collections.abc import Iterator
from typing import NamedTuple

from .show_protocol import FACTS, REPLICAS, Document, Handler, Replica, State, World


class Step(NamedTuple):
    says: str
    state: State


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    if state.left.snapshots:
        revision = state.stored.revision + 1 + sum(message.startswith("snapshot") for message in state.queue)
        yield Step(f"catalog says snapshot {revision}", _sent(_less(state, "snapshots"), f"snapshot {revision}"))
    if len(state.handlers) < world.handlers:
        yield from _begin(world, state)
    for place, handler in enumerate(state.handlers):
        if place and state.handlers[place - 1] == handler:
            continue
        rest = state._replace(handlers=state.handlers[:place] + state.handlers[place + 1 :])
        yield from _go_on(world, rest, handler)
        if state.left.crashes:
            forgetful = _remembering(_less(rest, "crashes"), handler.replica, Replica(revision=0))
            yield Step(f"replica {handler.replica} dies: {handler.does}", _sent(forgetful, *handler.messages))


def _less(state: State, what: str) -> State:
    return state._replace(left=state.left._replace(**{what: getattr(state.left, what) - 1}))


def _sent(state: State, *messages: str) -> State:
    return state._replace(queue=tuple(sorted((*state.queue, *messages))))


def _busy(state: State, handler: Handler) -> State:
    return state._replace(handlers=tuple(sorted((*state.handlers, handler))))


def _remembering(state: State, place: int, replica: Replica) -> State:
    replicas = tuple(replica if at == place else known for at, known in enumerate(state.replicas))
    return state._replace(replicas=(replicas[0], replicas[1]))


# --- what a process begins -------------------------------------------------------------------------------------------


def _begin(world: World, state: State) -> Iterator[Step]:
    for replica in REPLICAS:
        for message in dict.fromkeys(state.queue):
            rest = list(state.queue)
            rest.remove(message)
            delivered = state._replace(queue=tuple(rest))
            yield _taken(world, delivered, replica, (message,))
            if state.left.duplicates:
                yield _taken(world, _less(state, "duplicates"), replica, (message,))
        if set(FACTS) <= set(state.queue):  # they come within a moment of each other and are one write
            others = tuple(message for message in state.queue if message not in FACTS)
            yield _taken(world, state._replace(queue=others), replica, FACTS)
        if state.stored.due:
            yield Step(
                f"replica {replica} applies the snapshot",
                _busy(state, Handler("walk", replica, revision=state.stored.revision)),
            )
        if state.left.cancellations and state.document.confirmed:
            yield _cancelling(world, _less(state, "cancellations"), replica)


def _taken(world: World, state: State, replica: int, messages: tuple[str, ...]) -> Step:
    says = f"replica {replica} hears {' and '.join(messages)}"
    if messages[0] not in FACTS:
        return Step(says, _busy(state, Handler("store", replica, messages, revision=int(messages[0].split()[1]))))
    kept = messages if world.has("news are acknowledged once they are written") else ()
    return Step(says, _busy(state, _decided(world, state, Handler("write", replica, kept), messages)))


def _decided(world: World, state: State, handler: Handler, news: tuple[str, ...]) -> Handler:
    """By the document that the replica remembers, however old."""
    early = 0 if world.has("it is read after the booking was written") else state.stored.revision
    does = "write " + " ".join(news)
    return handler._replace(does=does, base=state.replicas[handler.replica].document, revision=early)


def _cancelling(world: World, state: State, replica: int) -> Step:
    newest, known = state.stored.revision, state.replicas[replica].revision
    by = newest if world.has("who cancels decides by the newest snapshot") else known
    cancel = Handler("cancel", replica, base=state.document, revision=by, newest=newest)
    return Step(f"the guest cancels at replica {replica}", _busy(state, cancel))


# --- and how it goes on ----------------------------------------------------------------------------------------------


def _go_on(world: World, state: State, handler: Handler) -> Iterator[Step]:
    match handler.does.split():
        case ["store"]:
            yield _stored(world, state, handler)
        case ["write", *news]:
            yield _facts_written(world, state, handler, tuple(news))
        case ["look"]:
            yield _looked(world, state, handler)
        case ["tell"]:
            yield _told(world, state, handler, "acknowledged")
        case ["walk"]:
            walk = handler._replace(does="apply", base=state.document)
            yield Step(f"replica {handler.replica} reads the booking", _busy(state, walk))
        case ["apply"]:
            yield _told(world, state, handler, "done")
        case ["done"]:
            same = state.stored.revision == handler.revision or not world.has("a newer snapshot stays due")
            after = state._replace(stored=state.stored._replace(due=False)) if same else state
            yield Step("the snapshot is applied", after)
        case ["cancel"]:
            yield _cancelled(state, handler)


def _stored(world: World, state: State, handler: Handler) -> Step:
    """Unless a newer one is there; the replica remembers it."""
    if handler.revision > state.stored.revision:
        due = world.has("a snapshot is due until it was applied")
        state = state._replace(stored=state.stored._replace(revision=handler.revision, due=due))
    known = state.replicas[handler.replica]
    newer = known._replace(revision=max(known.revision, handler.revision))
    return Step(f"snapshot {handler.revision} is stored", _remembering(state, handler.replica, newer))


def _written(world: World, state: State, handler: Handler, document: Document) -> State | None:
    """The document replaced if it is still the one that was decided on; None where it is not."""
    if state.document.version != handler.base.version:
        if world.has("a write is conditional on the version it was decided on"):
            return None
        kept = state.document  # fields are set one by one: what the writer did not know of stays
        document = document._replace(facts=document.facts | kept.facts, said=document.said or kept.said)
    document = document._replace(version=state.document.version + 1)
    replica = state.replicas[handler.replica]._replace(document=document)
    return _remembering(state._replace(document=document), handler.replica, replica)


def _facts_written(world: World, state: State, handler: Handler, news: tuple[str, ...]) -> Step:
    facts = handler.base.facts | set(news)
    says, looks = f"replica {handler.replica} writes {' '.join(news)}", handler._replace(does="look")
    if facts == handler.base.facts:  # facts are never taken back: what an old state has, the newest has too
        repeats = world.has("a repeated message looks again")
        return Step(says.replace("writes", "knows"), _busy(state, looks) if repeats else state)
    document = handler.base._replace(facts=facts, said=len(facts) == len(FACTS))
    after = _written(world, state, handler, document)
    if after is not None:
        return Step(says, _busy(after, looks._replace(base=after.document)))
    if not world.has("a decision that a conflict undid is made again"):
        return Step(f"{says}: conflict", state)
    return Step(f"{says}: conflict", _busy(state, handler._replace(base=state.document)))


def _looked(world: World, state: State, handler: Handler) -> Step:
    """At the newest snapshot, if the booking is confirmed; of it the replica remembers the revision."""
    known = state.replicas[handler.replica]
    if not handler.base.confirmed:
        return Step("it is not confirmed yet", state)
    newest = handler.revision or state.stored.revision
    if not world.has("a confirmed booking is held against the newest snapshot"):
        newest = known.revision
    after = _remembering(state, handler.replica, known._replace(revision=max(newest, known.revision)))
    return Step(
        f"replica {handler.replica} reads {newest}", _busy(after, handler._replace(does="tell", revision=newest))
    )


def _told(world: World, state: State, handler: Handler, then: str) -> Step:
    """The booking gets what the snapshot means for it."""
    following = _busy(state, handler._replace(does="done")) if then == "done" else state
    if not handler.base.confirmed or handler.base.told >= handler.revision:
        return Step(f"revision {handler.revision} says nothing new", following)
    after = _written(world, state, handler, handler.base._replace(told=handler.revision))
    if after is None:
        return Step("telling: conflict", _busy(state, handler._replace(base=state.document)))
    if then == "done":
        after = _busy(after, handler._replace(does="done"))
    return Step(f"the booking is told of {handler.revision}", after)


def _cancelled(state: State, handler: Handler) -> Step:
    if state.document.version != handler.base.version:
        return Step("cancelling: conflict", _busy(state, handler._replace(base=state.document)))
    document = state.document._replace(version=state.document.version + 1, cancelled_by=handler.revision)
    return Step(f"it is cancelled by {handler.revision}", state._replace(document=document))
