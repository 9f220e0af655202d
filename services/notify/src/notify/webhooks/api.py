"""HTTP in for admins and managers: webhooks and the log of their deliveries."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, created, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of
from chassis.idempotency import claim_of, replay_without
from chassis.pages import PageRequestDep, PageView
from chassis.problems import Unavailable, answering
from contracts.ids import new_suffix
from notify.webhooks.admin import WebhookAdmin
from notify.webhooks.domain import Status, Webhook
from notify.webhooks.errors import DeliveryNotFound, WebhookDisabled, WebhookNotFound
from notify.webhooks.schemas import (
    DeliveryStatus,
    NewWebhook,
    RecoveryBody,
    RecoveryView,
    WebhookDeliveryView,
    WebhookPatch,
    WebhookView,
    WebhookWithSecretView,
)

router = APIRouter(prefix="/api/admin/webhooks", tags=["admin"], route_class=JsonRoute)
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]


async def _admin(request: Request) -> WebhookAdmin:
    webhook_admin: WebhookAdmin = request.state.webhook_admin
    return webhook_admin


AdminDep = Annotated[WebhookAdmin, Depends(_admin)]


def _tag(webhook: Webhook) -> dict[str, str]:
    since = webhook.failing_since
    return {"ETag": etag_of(webhook.version, *([round(since.timestamp() * 1000)] if since else []))}


@router.get("", summary="Webhooks, newest first", response_model=PageView[WebhookView])
async def list_webhooks(caller: ManagerDep, webhooks: AdminDep, page: PageRequestDep) -> Response:
    """Managers see those whose theaters are all theirs."""
    page_items, total = await webhooks.page(caller, skip=page.skipped, limit=page.size)
    items = [WebhookView.of(webhook) for webhook in page_items]
    return json_response(PageView[WebhookView](items=items, total=total, page=page.number, page_size=page.size))


@router.post(
    "",
    status_code=201,
    summary="Tell a partner of events",
    response_model=WebhookWithSecretView,
    responses={201: TAGGED, **answering(Unavailable)},
)
async def create_webhook(request: Request, body: NewWebhook, caller: ManagerDep, webhooks: AdminDep) -> Response:
    """From now on each event is sent to the `url` as a signed POST (Standard Webhooks), and again over 3 days until it
    is answered with 2xx. The `secret` is shown this once."""
    claim = claim_of(request)
    webhook = await webhooks.create(caller, body, f"whk_{claim.seed if claim else new_suffix()}")
    replay_without(request, "secret")
    return created(WebhookWithSecretView.with_secret(webhook), f"/api/admin/webhooks/{webhook.id}", _tag(webhook))


@router.get(
    "/{webhook_id}",
    summary="One webhook",
    response_model=WebhookView,
    responses={200: TAGGED, **answering(WebhookNotFound)},
)
async def get_webhook(webhook_id: str, caller: ManagerDep, webhooks: AdminDep) -> Response:
    """Without its secret."""
    webhook = await webhooks.get(caller, webhook_id)
    return json_response(WebhookView.of(webhook), headers=_tag(webhook))


@router.patch(
    "/{webhook_id}",
    summary="Change a webhook",
    response_model=WebhookView,
    responses={200: TAGGED, **answering(WebhookNotFound, StaleVersion, Unavailable)},
)
async def update_webhook(
    webhook_id: str, body: WebhookPatch, caller: ManagerDep, webhooks: AdminDep, if_match: IfMatchDep
) -> Response:
    """What is left out stays. While it is disabled what it misses is logged as `skipped`."""
    webhook = await webhooks.change(caller, webhook_id, body, if_match)
    return json_response(WebhookView.of(webhook), headers=_tag(webhook))


@router.delete(
    "/{webhook_id}",
    status_code=204,
    summary="Remove a webhook",
    responses=answering(WebhookNotFound, StaleVersion),
)
async def delete_webhook(webhook_id: str, caller: ManagerDep, webhooks: AdminDep, if_match: IfMatchDep) -> Response:
    """With the log of its deliveries; nothing more is sent."""
    await webhooks.remove(caller, webhook_id, if_match)
    return Response(status_code=204)


@router.get(
    "/{webhook_id}/deliveries",
    summary="What was sent to a webhook, newest first",
    response_model=PageView[WebhookDeliveryView],
    responses=answering(WebhookNotFound),
)
async def list_deliveries(
    webhook_id: str,
    caller: ManagerDep,
    webhooks: AdminDep,
    page: PageRequestDep,
    status: Annotated[DeliveryStatus | None, Query(description="only those that stand so")] = None,
) -> Response:
    """Of the last 30 days, each with its attempts."""
    chosen = Status(status) if status else None
    page_items, total = await webhooks.deliveries(caller, webhook_id, chosen, skip=page.skipped, limit=page.size)
    items = [WebhookDeliveryView.of(delivery) for delivery in page_items]
    return json_response(PageView[WebhookDeliveryView](items=items, total=total, page=page.number, page_size=page.size))


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    summary="Send a delivery again",
    response_model=WebhookDeliveryView,
    responses={202: TAGGED, **answering(WebhookNotFound, DeliveryNotFound, WebhookDisabled)},
)
async def redeliver(webhook_id: str, delivery_id: str, caller: ManagerDep, webhooks: AdminDep) -> Response:
    """Whatever became of it, with the same `webhook-id` and body, at once and over 3 days again. The ETag is
    the webhook's."""
    webhook, delivery = await webhooks.redeliver(caller, webhook_id, delivery_id)
    return json_response(WebhookDeliveryView.of(delivery), 202, _tag(webhook))


@router.post(
    "/{webhook_id}/recover",
    status_code=202,
    summary="Send again what did not arrive",
    response_model=RecoveryView,
    responses={202: TAGGED, **answering(WebhookNotFound, WebhookDisabled)},
)
async def recover_deliveries(webhook_id: str, body: RecoveryBody, caller: ManagerDep, webhooks: AdminDep) -> Response:
    """All that has failed since then, or was skipped while the webhook was disabled, at once: also what waits for its
    next attempt. The ETag is the webhook's."""
    webhook, count = await webhooks.recover(caller, webhook_id, body.since)
    return json_response(RecoveryView(count=count, since=body.since), 202, _tag(webhook))
