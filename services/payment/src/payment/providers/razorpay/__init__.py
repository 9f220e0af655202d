"""Razorpay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from payment.providers.kind import ProviderKind
from payment.providers.razorpay.adapter import Razorpay
from payment.providers.razorpay.api import fast_path, router
from payment.providers.razorpay.client import RazorpayClient
from payment.providers.razorpay.settings import RazorpaySettings
from payment.providers.razorpay.webhooks import DOCUMENT
from payment.usecases.provider import Provider


@asynccontextmanager
async def connected(settings: RazorpaySettings) -> AsyncIterator[Provider]:
    """The provider, by its settings."""
    async with RazorpayClient(settings.key_id, settings.key_secrets[0], settings.base_url) as client:
        yield Razorpay(client, settings)


KIND = ProviderKind(connected, DOCUMENT, router, fast_path)
