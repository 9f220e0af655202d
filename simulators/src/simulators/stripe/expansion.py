"""`expand[]`: ids that are answered as the objects they name, up to four deep."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.journal import JsonObject
from simulators.stripe.books import Books, listing, shown
from simulators.stripe.errors import Refusal
from simulators.stripe.forms import Params

_MAX_DEPTH = 4
# Of each object, the names that may be expanded and what they are; None: this account has none of those.
_NAMES: Mapping[str, Mapping[str, str | None]] = {
    "payment_intent": {
        "latest_charge": "charge",
        "payment_method": "payment_method",
        **dict.fromkeys(("application", "customer", "on_behalf_of", "review", "source", "payment_record")),
    },
    "charge": {
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        **dict.fromkeys(("application", "application_fee", "customer", "on_behalf_of", "review", "transfer")),
    },
    "refund": {
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
        "charge": "charge",
        "payment_intent": "payment_intent",
        **dict.fromkeys(("customer", "source_transfer_reversal", "transfer_reversal")),
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "balance_transaction": {"source": "source"},
    "payment_method": {"customer": None},
}
_SOURCES = {"ch": "charge", "re": "refund", "du": "dispute"}


class Expansion:
    def __init__(self, books: Books) -> None:
        self._books = books

    def of(self, answer: JsonObject, params: Params) -> JsonObject:
        """The answer with what its call wants expanded. Raises `Refusal` for what cannot be."""
        for path in params.listed("expand"):
            steps = path.split(".")
            if len(steps) > _MAX_DEPTH:
                raise Refusal(
                    f"You cannot expand more than {_MAX_DEPTH} levels of a property ({path}).", param="expand"
                )
            answer = self._expanded(answer, steps, path)
        return answer

    def _expanded(self, entity: JsonObject, steps: list[str], path: str) -> JsonObject:
        name, *deeper = steps
        if entity["object"] == "list" and name == "data" and deeper:
            return entity | {"data": [self._expanded(item, deeper, path) for item in entity["data"]]}
        if entity["object"] == "charge" and name == "refunds":
            refunds = listing("refund", self._books.refunds_of(entity["id"]), url=f"/v1/charges/{entity['id']}/refunds")
            return entity | {"refunds": self._expanded(refunds, deeper, path) if deeper else refunds}
        kinds = _NAMES.get(entity["object"], {})
        if name not in kinds:
            raise Refusal(f"This property cannot be expanded ({path}).", param="expand")
        value = entity.get(name)
        if value is None:
            return entity
        inner = value if isinstance(value, dict) else self._read(kinds[name], value)
        return entity | {name: self._expanded(inner, deeper, path) if deeper else inner}

    def _read(self, kind: str | None, key: str) -> JsonObject:
        kind = _SOURCES[key.split("_", maxsplit=1)[0]] if kind == "source" else kind
        return shown(self._books.get(str(kind), key))
