"""Razorpay's books: orders, payments and refunds by id, and the pages their lists come in."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from simulators.clock import Clock
from simulators.edge import Call
from simulators.journal import Journal, JsonObject
from simulators.razorpay.errors import Refusal, unknown_id

_ALPHABET = string.ascii_letters + string.digits
_PREFIXES = {"order": "order", "payment": "pay", "refund": "rfnd", "dispute": "disp"}
_MAX_COUNT = 100
_FIRST, _LAST = 946684800, 4765046400  # 2000 to 2120: what Razorpay takes for a time


def new_id(prefix: str) -> str:
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(14))


def shown(entity: JsonObject) -> JsonObject:
    """The entity as the API shows it: what begins with an underscore is the simulator's own."""
    return {name: value for name, value in entity.items() if not name.startswith("_")}


def collection(items: Sequence[JsonObject]) -> JsonObject:
    return {"entity": "collection", "count": len(items), "items": [shown(item) for item in items]}


class Books:
    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.journal = journal
        self.clock = clock

    def now(self) -> int:
        return int(self.clock.now())

    def order(self, order_id: str) -> JsonObject:
        return self._entity("order", order_id)

    def payment(self, payment_id: str) -> JsonObject:
        return self._entity("payment", payment_id)

    def refund(self, refund_id: str) -> JsonObject:
        return self._entity("refund", refund_id)

    def dispute(self, dispute_id: str) -> JsonObject:
        return self._entity("dispute", dispute_id)

    def payments_of(self, order_id: str) -> list[JsonObject]:
        return self.journal.children("payment", order_id)

    def refunds_of(self, payment_id: str) -> list[JsonObject]:
        return self.journal.children("refund", payment_id)

    def save_order(self, order: JsonObject) -> None:
        self.journal.put("order", order["id"], order, ref=order["receipt"] or "", at=order["created_at"])

    def save_payment(self, payment: JsonObject) -> None:
        self.journal.put("payment", payment["id"], payment, parent=payment["order_id"], at=payment["created_at"])

    def save_refund(self, refund: JsonObject) -> None:
        ref, parent = refund["receipt"] or "", refund["payment_id"]
        self.journal.put("refund", refund["id"], refund, parent=parent, ref=ref, at=refund["created_at"])

    def save_dispute(self, dispute: JsonObject) -> None:
        at = dispute["created_at"]
        self.journal.put("dispute", dispute["id"], dispute, parent=dispute["payment_id"], at=at)

    def page(self, kind: str, call: Call, fits: Callable[[JsonObject], bool] = bool) -> list[JsonObject]:
        """One page of all there is of a kind that fits, newest first."""
        window = Window.of(call)
        return window.cut(entity for entity in self.journal.between(kind, window.start, window.end) if fits(entity))

    def ledger(self) -> JsonObject:
        return {f"{kind}s": [shown(entity) for entity in self.journal.all(kind)] for kind in _PREFIXES}

    def _entity(self, kind: str, key: str) -> JsonObject:
        if not re.fullmatch(_PREFIXES[kind] + "_[A-Za-z0-9]{14}", key):
            raise Refusal(f"{key} is not a valid id")
        entity = self.journal.get(kind, key)
        if entity is None:
            raise unknown_id()
        return entity


@dataclass(frozen=True, slots=True)
class Window:
    """What a list asks for: Unix seconds, both inclusive, and which page of what lies between them."""

    start: int
    end: int
    count: int
    skip: int

    @staticmethod
    def of(call: Call) -> Window:
        count, skip = _whole(call, "count", 10), _whole(call, "skip", 0)
        if count < 1:
            raise Refusal("The count must be at least 1.", field="count")
        if count > _MAX_COUNT:
            raise Refusal(f"The count may not be greater than {_MAX_COUNT}.", field="count")
        return Window(_time(call, "from", _FIRST), _time(call, "to", _LAST), count, skip)

    def page(self, entities: Iterable[JsonObject]) -> list[JsonObject]:
        return self.cut(entity for entity in entities if self.start <= entity["created_at"] <= self.end)

    def cut(self, entities: Iterable[JsonObject]) -> list[JsonObject]:
        return list(islice(entities, self.skip, self.skip + self.count))


def _time(call: Call, name: str, default: int) -> int:
    value = _whole(call, name, default)
    if not _FIRST <= value <= _LAST:
        raise Refusal(f"{name} must be between {_FIRST} and {_LAST}", field=name)
    return value


def _whole(call: Call, name: str, default: int) -> int:
    value = call.parameter(name)
    if value is None:
        return default
    if not re.fullmatch("[0-9]{1,18}", value):
        raise Refusal(f"The {name} must be an integer.", field=name)
    return int(value)
