"""The providers of payment that this service can talk to: one line each."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from chassis.app import Api
from chassis.idempotency import Idempotent
from payment.api import admin, counter, guests, support
from payment.api.webhooks import fast_path as webhooks_fast_path
from payment.api.webhooks import webhook_router
from payment.domain import ProviderName
from payment.providers import razorpay, stripe
from payment.providers.kind import ProviderKind, ProviderSettings
from payment.usecases.provider import Providers

Registry = Mapping[ProviderName, ProviderKind[Any]]
REGISTRY: Registry = {"razorpay": razorpay.KIND, "stripe": stripe.KIND}


def api_of(registry: Registry) -> Api:
    """What the service answers, with the calls that are these providers' own."""
    own = (kind.router for kind in registry.values())
    webhooks = webhook_router({name: kind.webhook_document for name, kind in registry.items()})
    fast_path = {**guests.fast_path, **webhooks_fast_path(registry)}
    for kind in registry.values():
        fast_path |= kind.fast_path
    routers = (*own, webhooks, counter.router, guests.router, admin.router, guests.internal, support.internal)
    return Api("payment", routers, idempotency=Idempotent, fast_path=fast_path)


@asynccontextmanager
async def connected(registry: Registry, settings: Mapping[ProviderName, ProviderSettings]) -> AsyncIterator[Providers]:
    """The providers that are on: those with settings."""
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(registry[name].connected(own)) for name, own in settings.items()}
