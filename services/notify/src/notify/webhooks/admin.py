"""What admins and managers do with webhooks: a manager with those whose theaters are all the manager's."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from yarl import URL

from chassis.auth import Caller
from chassis.conditional import IfMatch
from chassis.problems import Forbidden, InvalidInput
from chassis.times import now_in_milliseconds
from contracts.audit import Shown
from contracts.event import Event
from contracts.ids import is_id
from contracts.notify import AuditRecorded
from contracts.partners import FOR_PARTNERS, tells_theater
from notify.webhooks.addresses import Addresses
from notify.webhooks.bindings import Bindings
from notify.webhooks.domain import Status, Webhook, WebhookDelivery
from notify.webhooks.errors import DeliveryNotFound, WebhookDisabled, WebhookNotFound
from notify.webhooks.log import DeliveryLog
from notify.webhooks.schemas import NewWebhook, WebhookPatch, WebhookView
from notify.webhooks.signing import new_secret
from notify.webhooks.store import Webhooks, changed_now

_MANAGER = "manager"


class WebhookAdmin:
    """Makes, changes, removes and shows webhooks and their deliveries. Each change is audited by the write itself."""

    def __init__(self, webhooks: Webhooks, log: DeliveryLog, bindings: Bindings, addresses: Addresses) -> None:
        self._webhooks, self._log, self._bindings, self._addresses = webhooks, log, bindings, addresses

    async def create(self, caller: Caller, body: NewWebhook, webhook_id: str) -> Webhook:
        """Store a new webhook; the answer has its secret. A call that is made again finds what the first one stored."""
        theater_ids = _theaters_for(caller, body.theater_ids)
        _require_theaters_told(body.events, theater_ids)
        await self._require_public(body.url)
        now = now_in_milliseconds()
        webhook = Webhook(
            id=webhook_id,
            url=body.url,
            events=tuple(body.events),
            theater_ids=theater_ids,
            enabled=body.enabled,
            secret=new_secret(),
            created_by=caller.user_id,
            created_at=now,
            changed_at=now,
            version=1,
        )
        await self._bindings.prepare(webhook.events)
        await self._webhooks.insert(webhook, _record(caller, "webhooks.created", None, webhook))
        await self._bindings.ensure(webhook.events)
        return await self._webhooks.find(webhook_id) or webhook

    async def page(self, caller: Caller, *, skip: int, limit: int) -> tuple[list[Webhook], int]:
        """The caller's, newest first, and how many there are."""
        return await self._webhooks.page(caller.scopes(_MANAGER), skip, limit)

    async def get(self, caller: Caller, webhook_id: str) -> Webhook:
        """One of the caller's; raises `WebhookNotFound`."""
        webhook = await self._webhooks.find(webhook_id) if is_id("whk", webhook_id) else None
        if webhook is None or not _may_see(caller, webhook):
            raise WebhookNotFound("no such webhook")
        return webhook

    async def change(self, caller: Caller, webhook_id: str, patch: WebhookPatch, if_match: IfMatch) -> Webhook:
        """Change one of the caller's. Enabled again it starts as one that has not failed."""
        before = await self.get(caller, webhook_id)
        if_match.require(before.version)
        wish = _applied(caller, patch, before)
        if wish.url != before.url:
            await self._require_public(wish.url)
        await self._bindings.prepare(wish.events)

        def revised(present: Webhook) -> tuple[Webhook, Event] | None:
            if not _may_see(caller, present):
                raise WebhookNotFound("no such webhook")
            if_match.require(present.version)
            changed = _applied(caller, patch, present)
            return None if changed == present else (changed, _record(caller, "webhooks.changed", present, changed))

        webhook = await self._webhooks.change(webhook_id, revised)
        if webhook is None:
            raise WebhookNotFound("no such webhook")
        await self._bindings.ensure(webhook.events)
        return webhook

    async def remove(self, caller: Caller, webhook_id: str, if_match: IfMatch) -> None:
        """Remove one of the caller's with its log."""
        await self.get(caller, webhook_id)

        def said(present: Webhook) -> Event:
            if_match.require(present.version)
            return _record(caller, "webhooks.removed", present, None)

        await self._webhooks.remove(webhook_id, said)
        await self._log.forget(webhook_id)

    async def deliveries(
        self, caller: Caller, webhook_id: str, status: Status | None, *, skip: int, limit: int
    ) -> tuple[list[WebhookDelivery], int]:
        """The log of one of the caller's, newest first, and how long it is."""
        await self.get(caller, webhook_id)
        return await self._log.page(webhook_id, status, skip, limit)

    async def redeliver(self, caller: Caller, webhook_id: str, delivery_id: str) -> tuple[Webhook, WebhookDelivery]:
        """Send a delivery again, whatever became of it; raises `DeliveryNotFound` and `WebhookDisabled`."""
        webhook = await self._enabled(caller, webhook_id)
        delivery = await self._log.find(webhook_id, delivery_id)
        if delivery is None:
            raise DeliveryNotFound("no such delivery")
        await self._log.send_again(delivery)
        await self._webhooks.ring([webhook_id], now_in_milliseconds())
        return webhook, await self._log.find(webhook_id, delivery_id) or delivery

    async def recover(self, caller: Caller, webhook_id: str, since: datetime) -> tuple[Webhook, int]:
        """Send at once what has not arrived since then; how many. Raises `WebhookDisabled`."""
        webhook = await self._enabled(caller, webhook_id)
        count = await self._log.recover(webhook_id, since)
        await self._webhooks.ring([webhook_id], now_in_milliseconds())
        return webhook, count

    async def _enabled(self, caller: Caller, webhook_id: str) -> Webhook:
        webhook = await self.get(caller, webhook_id)
        if not webhook.enabled:
            raise WebhookDisabled("enable the webhook first")
        return webhook

    async def _require_public(self, url: str) -> None:
        if objection := await self._addresses.objection(URL(url)):
            raise InvalidInput("url", objection)


def _theaters_for(caller: Caller, wanted: Collection[str] | None) -> tuple[str, ...] | None:
    """The theaters that a webhook of the caller's is about: all that were named, or else the caller's; None for all.
    Raises `Forbidden` for one that is not the caller's."""
    own = caller.scopes(_MANAGER)
    if wanted is None:
        return None if own is None else tuple(sorted(own))
    if own is not None and not own.issuperset(wanted):
        raise Forbidden("one of the theaters is not yours")
    return tuple(wanted)


def _may_see(caller: Caller, webhook: Webhook) -> bool:
    own = caller.scopes(_MANAGER)
    return own is None or (webhook.theater_ids is not None and own.issuperset(webhook.theater_ids))


def _require_theaters_told(events: Collection[str], theater_ids: tuple[str, ...] | None) -> None:
    """Raise `InvalidInput` for an event that does not say its theater, where only some theaters' may be told."""
    if theater_ids is None:
        return
    for index, name in enumerate(events):
        if not tells_theater(FOR_PARTNERS[name]):
            raise InvalidInput(f"events.{index}", "does not say its theater: told only to who hears of all theaters")


def _applied(caller: Caller, patch: WebhookPatch, present: Webhook) -> Webhook:
    """The webhook with the change in it; raises what refuses it."""
    stored = {
        "url": present.url,
        "events": list(present.events),
        "theater_ids": None if present.theater_ids is None else list(present.theater_ids),
        "enabled": present.enabled,
    }
    whole = patch.applied(stored)
    theater_ids = _theaters_for(caller, whole.theater_ids)
    _require_theaters_told(whole.events, theater_ids)
    values: dict[str, Any] = {
        "url": whole.url,
        "events": tuple(whole.events),
        "theater_ids": theater_ids,
        "enabled": whole.enabled,
    }
    if all(getattr(present, name) == value for name, value in values.items()):
        return present
    if whole.url != present.url or (whole.enabled and not present.enabled):
        values |= {"failing_since": None, "disabled_reason": None}
    return changed_now(present, **values)


def _record(caller: Caller, action: str, before: Webhook | None, after: Webhook | None) -> AuditRecorded:
    """For the audit. What concerns several theaters, or all, is shown to admins alone."""
    webhook = after or before
    theater_ids = (webhook.theater_ids if webhook else None) or ()
    shown = [None if side is None else _shown(side) for side in (before, after)]
    theater_id = theater_ids[0] if len(theater_ids) == 1 else None
    subject = webhook.id if webhook else ""
    return AuditRecorded.of(caller.user_id, action, subject, *shown, theater_id=theater_id)


def _shown(webhook: Webhook) -> Shown:
    return WebhookView.of(webhook).model_dump(mode="json", by_alias=True, exclude={"changed_at"})
