"""What a provider tells: the events of one cause go out together, by one plan, under the secret of today."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simulators.deliveries import Deliveries, Message, WebhookPlan
from simulators.journal import Journal

_PLAN = "webhook_plan"
_SECRET = "webhook_secret"  # noqa: S105  # the name of a setting, not its value


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

    def add(self, message: Message) -> None:
        self._messages.append(message)


class WebhookSecret:
    """The secret of today: the one from the environment until a test rotates it. It survives a restart."""

    def __init__(self, journal: Journal, secret: str) -> None:
        self._journal = journal
        self._secret = secret

    def rotate(self, secret: str) -> None:
        self._journal.set_setting(_SECRET, secret)

    @property
    def value(self) -> str:
        return str(self._journal.setting(_SECRET) or self._secret)

    def signing(self, plan: WebhookPlan) -> str:
        """What this plan signs with: the secret, or another where the signature is to be a forgery."""
        return f"{self.value} forged" if plan.bad_signature else self.value
