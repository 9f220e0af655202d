"""Stripe's books: every object by its id, and the pages their lists come in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from simulators.clock import Clock
from simulators.journal import Journal, JsonObject
from simulators.stripe.errors import Refusal, missing, random_text
from simulators.stripe.forms import Params

_MAX_LIMIT = 100
_FIRST, _LAST = 0, 1 << 53
_LIST = frozenset({"limit", "starting_after", "ending_before", "created", "expand"})
# The parameter that an unknown id is put down to; all others say `id`.
_PARAMS = {"payment_intent": "intent"}
Fits = Callable[[JsonObject], bool]


def new_id(prefix: str) -> str:
    return f"{prefix}_{random_text(24)}"


def shown(entity: JsonObject) -> JsonObject:
    """The entity as the API shows it: what begins with an underscore is the simulator's own."""
    return {name: value for name, value in entity.items() if not name.startswith("_")}


class Books:
    def __init__(self, journal: Journal, clock: Clock, *, livemode: bool) -> None:
        self.journal = journal
        self.clock = clock
        self.livemode = livemode

    def now(self) -> int:
        return int(self.clock.now())

    def get(self, kind: str, key: str, param: str | None = None) -> JsonObject:
        """Raises `Refusal` where it is not."""
        entity = self.journal.get(kind, key)
        if entity is None:
            raise missing(kind, key, param or _PARAMS.get(kind, "id"))
        return entity

    def intent(self, intent_id: str) -> JsonObject:
        return self.get("payment_intent", intent_id)

    def charge_of(self, intent: JsonObject) -> JsonObject | None:
        """Of its last attempt."""
        return None if intent["latest_charge"] is None else self.get("charge", intent["latest_charge"])

    def refunds_of(self, charge_id: str) -> list[JsonObject]:
        """Newest first."""
        return self.journal.children("refund", charge_id)

    def save(self, entity: JsonObject) -> JsonObject:
        """Charges are found by their intent, refunds and disputes by their charge."""
        kind = entity["object"]
        parent = entity.get("payment_intent") if kind == "charge" else entity.get("charge") or entity.get("source")
        self.journal.put(kind, entity["id"], entity, parent=parent or "", at=entity["created"])
        return entity

    def page(self, kind: str, params: Params, fits: Fits = bool, more: Iterable[str] = ()) -> JsonObject:
        """One page of all there is of a kind that fits, newest first; `more` names the filters of this list."""
        params.refuse_unknown(_LIST | set(more))
        start, end = _created(params)
        entities = (entity for entity in self.journal.between(kind, start, end) if fits(entity))
        return self._cut(kind, entities, _Cursor.of(params))

    def ledger(self) -> JsonObject:
        """`payments` are what Stripe calls charges: every try to take money."""
        kinds = {"payment_intents": "payment_intent", "payments": "charge", "refunds": "refund", "disputes": "dispute"}
        kinds |= {"balance_transactions": "balance_transaction"}
        return {name: [shown(entity) for entity in self.journal.all(kind)] for name, kind in kinds.items()}

    def _cut(self, kind: str, entities: Iterable[JsonObject], cursor: _Cursor) -> JsonObject:
        if cursor.before is not None:
            self.get(kind, cursor.before, "ending_before")
            newer = _until(entities, cursor.before)
            return listing(kind, newer[-cursor.limit :], more=len(newer) > cursor.limit)
        rest = iter(entities)
        if cursor.after is not None:
            self.get(kind, cursor.after, "starting_after")
            _until(rest, cursor.after)
        page = list(islice(rest, cursor.limit + 1))
        return listing(kind, page[: cursor.limit], more=len(page) > cursor.limit)


def listing(kind: str, entities: Sequence[JsonObject], *, more: bool = False, url: str | None = None) -> JsonObject:
    items = [shown(entity) for entity in entities]
    return {"object": "list", "data": items, "has_more": more, "url": url or f"/v1/{kind}s"}


def same(name: str, wanted: str | None) -> Fits:
    return lambda entity: wanted is None or entity[name] == wanted


@dataclass(frozen=True, slots=True)
class _Cursor:
    limit: int
    after: str | None
    before: str | None

    @staticmethod
    def of(params: Params) -> _Cursor:
        limit = params.whole("limit")
        limit = 10 if limit is None else limit
        if not 1 <= limit <= _MAX_LIMIT:
            words = f"Invalid integer: must be between 1 and {_MAX_LIMIT}"
            raise Refusal(words, code="parameter_invalid_integer", param="limit")
        after, before = params.text("starting_after"), params.text("ending_before")
        if after is not None and before is not None:
            raise Refusal("You can only use one of starting_after and ending_before.", param="ending_before")
        return _Cursor(limit, after, before)


def _until(entities: Iterable[JsonObject], key: str) -> list[JsonObject]:
    """Those in front of the one of this id, which is taken off as well."""
    front: list[JsonObject] = []
    for entity in entities:
        if entity["id"] == key:
            break
        front.append(entity)
    return front


def _created(params: Params) -> tuple[int, int]:
    """Unix seconds, both inclusive."""
    value = params.raw("created")
    if value is None:
        return _FIRST, _LAST
    if isinstance(value, str):
        if not re.fullmatch("[0-9]{1,12}", value):
            raise Refusal(f"Invalid timestamp: {value}", code="parameter_invalid_integer", param="created")
        return int(value), int(value)
    bounds = params.within("created")
    if bounds is None:
        return _FIRST, _LAST
    bounds.refuse_unknown({"gt", "gte", "lt", "lte"})
    above, below = bounds.whole("gt"), bounds.whole("lt")
    start = max(bounds.whole("gte") or _FIRST, _FIRST if above is None else above + 1)
    upto = bounds.whole("lte")
    return start, min(_LAST if upto is None else upto, _LAST if below is None else below - 1)
