"""Twilio's routes: who may call, which path means what, refusals turned into answers."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from simulators.edge import Answer, Call
from simulators.journal import Journal, JsonObject
from simulators.twilio.callbacks import API_VERSION
from simulators.twilio.errors import Refusal, not_found, unauthenticated
from simulators.twilio.messages import Account, Messages

_MESSAGES = re.compile(rf"/{API_VERSION}/Accounts/(?P<account>[^/]+)/Messages\.json")
_MESSAGE = re.compile(rf"/{API_VERSION}/Accounts/(?P<account>[^/]+)/Messages/(?P<sid>[^/]+)\.json")
_PAGE_SIZE, _MAX_PAGE_SIZE = 50, 1000


def shown(message: JsonObject) -> JsonObject:
    """The message as the API shows it: what begins with an underscore is the simulator's own."""
    return {name: value for name, value in message.items() if not name.startswith("_")}


class Api:
    def __init__(self, account: Account, journal: Journal, messages: Messages) -> None:
        self._account = account
        self._journal = journal
        self._messages = messages
        self._token = "Basic " + base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()

    def answer(self, call: Call) -> Answer:
        try:
            with self._journal.atomic():
                return self._answered(call)
        except Refusal as refusal:
            return refusal.answer()

    def _answered(self, call: Call) -> Answer:
        if not hmac.compare_digest(call.headers.get("authorization", "").encode(), self._token.encode()):
            raise unauthenticated()
        collection, message = _MESSAGES.fullmatch(call.path), _MESSAGE.fullmatch(call.path)
        match = collection or message
        if match is None or match["account"] != self._account.sid:
            raise not_found(call.path)
        if message is not None and call.method == "GET":
            return Answer.of(shown(self._messages.get(message["sid"], call.path)))
        if collection is not None and call.method == "POST":
            return Answer.of(shown(self._messages.create(_form(call))), 201)
        if collection is not None and call.method == "GET":
            return Answer.of(_page(call, self._messages.found(dict(call.query))))
        raise Refusal(20004, "Method not allowed", 405)


def _form(call: Call) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        raise Refusal(20001, "The request body is not UTF-8") from None


def _page(call: Call, messages: Sequence[JsonObject]) -> JsonObject:
    size = min(_MAX_PAGE_SIZE, max(1, _whole(call, "PageSize", _PAGE_SIZE)))
    page = _whole(call, "Page", 0)
    start = page * size
    rows = messages[start : start + size]

    def uri(number: int) -> str:
        others = [(name, value) for name, value in call.query if name not in {"Page", "PageSize"}]
        return f"{call.path}?{urlencode([*others, ('PageSize', str(size)), ('Page', str(number))])}"

    return {
        "messages": [shown(message) for message in rows],
        "page": page,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(rows) - 1),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if start + size < len(messages) else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }


def _whole(call: Call, name: str, default: int) -> int:
    value = call.parameter(name)
    if value is None:
        return default
    if not re.fullmatch("[0-9]{1,9}", value):
        raise Refusal(20001, f"Invalid {name}: {value}")
    return int(value)
