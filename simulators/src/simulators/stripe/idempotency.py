"""Stripe's idempotency: what a key was answered is answered again for a day, to the byte."""

from __future__ import annotations

import hashlib

import orjson

from simulators.clock import Clock
from simulators.edge import Answer, Call
from simulators.journal import Journal
from simulators.stripe.errors import Refusal, other_parameters
from simulators.stripe.forms import Params

KEY_HEADER = "idempotency-key"
_KIND = "idempotency_key"
_SECONDS = 24 * 3600
_MAX_CHARS = 255


class Idempotency:
    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    def earlier(self, key: str, call: Call, params: Params) -> Answer | None:
        """Raises `Refusal` where the key was used for something else."""
        if not 1 <= len(key) <= _MAX_CHARS:
            raise Refusal(f"Idempotency keys have 1 to {_MAX_CHARS} characters.", kind="idempotency_error")
        stored = self._journal.get(_KIND, key)
        if stored is None or stored["at"] < self._clock.now() - _SECONDS:
            return None
        if stored["digest"] != _digest(call, params):
            raise other_parameters(key)
        headers = {"Idempotent-Replayed": "true", "Original-Request": stored["request"]}
        return Answer(stored["status"], stored["content"].encode(), headers=headers)

    def store(self, key: str, call: Call, params: Params, request: str, answer: Answer) -> None:
        stored = {"at": self._clock.now(), "digest": _digest(call, params), "request": request}
        stored |= {"status": answer.status, "content": answer.content.decode()}
        self._journal.put(_KIND, key, stored)


def _digest(call: Call, params: Params) -> str:
    parts = [call.method, call.path, params.canonical()]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
