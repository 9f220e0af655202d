"""HTTP in: providers' webhooks, at an address of their own each, and at one for whichever signed it."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from chassis.bodies import JsonRoute, ResponseBody, json_response
from chassis.problems import answering
from chassis.routing import Endpoint
from payment.api.state import FastPath, use_cases_of
from payment.domain import ProviderName
from payment.errors import InvalidSignature

_PATH = "/api/payments/webhook"


class WebhookStoredView(ResponseBody):
    """It is stored; a duplicate was already."""

    status: Literal["stored"] = "stored"


def webhook_router(documents: Mapping[ProviderName, dict[str, Any]]) -> APIRouter:
    """The routes of these providers. Each document says of its webhooks which body and headers they have: the endpoints
    read them by themselves, to the byte."""
    router = APIRouter(tags=["payments"], route_class=JsonRoute)
    _add(router, None, _of_any(documents))
    for provider, document in documents.items():
        _add(router, provider, document)
    return router


def fast_path(providers: Iterable[ProviderName]) -> FastPath:
    """The same calls, past the framework: a sale makes three of them."""
    return {("POST", _path(provider)): _endpoint(provider) for provider in (None, *providers)}


def _path(provider: ProviderName | None) -> str:
    return f"{_PATH}/{provider}" if provider else _PATH


def _endpoint(provider: ProviderName | None) -> Endpoint:
    async def receive(request: Request) -> Response:
        use_cases = await use_cases_of(request)
        await use_cases.webhooks.receive(await request.body(), request.headers, provider)
        return json_response(WebhookStoredView())

    return receive


def _add(router: APIRouter, provider: ProviderName | None, document: dict[str, Any]) -> None:
    router.add_api_route(
        _path(provider),
        _endpoint(provider),
        methods=["POST"],
        name=f"receive_{provider}_webhook" if provider else "receive_webhook",
        summary=f"{provider.capitalize()}'s webhooks" if provider else "The provider's webhooks",
        description="Answered once it is stored; duplicates too. What it says is looked up at the provider afterwards.",
        response_model=WebhookStoredView,
        openapi_extra=document,
        responses=answering(InvalidSignature),
    )


def _of_any(documents: Mapping[ProviderName, dict[str, Any]]) -> dict[str, Any]:
    """Of several, any body, and no header that all of them must have."""
    if len(documents) == 1:
        return next(iter(documents.values()))
    schemas = [document["requestBody"]["content"]["application/json"]["schema"] for document in documents.values()]
    headers = [header for document in documents.values() for header in document["parameters"]]
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"anyOf": schemas}}}},
        "parameters": [{**header, "required": False} for header in headers],
    }
