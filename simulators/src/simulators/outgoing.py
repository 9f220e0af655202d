"""What a provider tells: the events of one cause go out together, by one plan, under the secret of today."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulators.deliveries import Deliveries, Message, WebhookPlan
from simulators.journal import Journal, JsonObject

_PLAN = "webhook_plan"
_SECRET = "webhook_secret"  # noqa: S105  # the name of a setting, not its value
_FORMER_SECRET = "former_webhook_secret"  # noqa: S105  # as above


class Outgoing:
    def __init__(self, journal: Journal, deliveries: Deliveries) -> None:
        self._journal = journal
        self._deliveries = deliveries
        self._messages: list[Message] = []
        self.plan = WebhookPlan()

    def set_plan(self, plan: WebhookPlan) -> None:
        """How webhooks are delivered whose cause names no plan of its own."""
        self._journal.set_setting(_PLAN, plan.model_dump())

    @contextmanager
    def gathered(self, plan: WebhookPlan | None) -> Iterator[None]:
        """What is added inside goes out at its end, by this plan or the usual one."""
        usual = WebhookPlan.model_validate(self._journal.setting(_PLAN) or {})
        self._messages, self.plan = [], usual if plan is None else plan
        yield
        self._deliveries.send(self._messages, self.plan)

    def entity(self, entity: JsonObject) -> JsonObject:
        """An entity as the plan has it shown."""
        if not self.plan.missing_optional:
            return entity
        return {name: value for name, value in entity.items() if value not in (None, [], {})}

    def event(self, event: JsonObject) -> JsonObject:
        """An event with its keys in the order that the plan has."""
        return _sorted(event) if self.plan.key_order else event

    def add(self, message: Message) -> None:
        self._messages.append(message)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


class WebhookSecret:
    """The secret of today: the one from the environment until a test rotates it. It survives a restart."""

    def __init__(self, journal: Journal, secret: str) -> None:
        self._journal = journal
        self._secret = secret

    def rotate(self, secret: str) -> None:
        self._journal.set_setting(_FORMER_SECRET, self.value)
        self._journal.set_setting(_SECRET, secret)

    @property
    def value(self) -> str:
        return str(self._journal.setting(_SECRET) or self._secret)

    def signing(self, plan: WebhookPlan) -> str:
        """What this plan signs with: the secret, the one before it, or another where it is to be a forgery."""
        secret = str(self._journal.setting(_FORMER_SECRET) or self.value) if plan.old_secret else self.value
        return f"{secret} forged" if plan.bad_signature else secret
