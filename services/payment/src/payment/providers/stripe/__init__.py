"""Stripe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from payment.providers.kind import ProviderKind
from payment.providers.stripe.adapter import Stripe
from payment.providers.stripe.api import router
from payment.providers.stripe.client import StripeApi
from payment.providers.stripe.settings import StripeSettings
from payment.providers.stripe.webhooks import DOCUMENT
from payment.usecases.provider import Provider


@asynccontextmanager
async def connected(settings: StripeSettings) -> AsyncIterator[Provider]:
    """The provider, by its settings."""
    async with StripeApi(settings.api_key, settings.base_url) as api:
        yield Stripe(api, settings)


KIND = ProviderKind(connected, DOCUMENT, router)
