"""This service's environment."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from chassis.settings import ServiceSettings
from payment.domain import Reason
from payment.schedule import RetryIntervals


class Settings(ServiceSettings):
    """Secrets may list several values, separated by commas, while one is being replaced: the first one is today's."""

    seating_url: str = "http://127.0.0.1:8003"
    payment_provider: Literal["razorpay"] = "razorpay"
    razorpay_key_id: str
    razorpay_key_secret: SecretStr
    razorpay_webhook_secret: SecretStr
    razorpay_base_url: str | None = None
    razorpay_accepted_differences: str = ""

    reconcile_first_seconds: float = Field(default=10, gt=0)
    reconcile_maximum_seconds: float = Field(default=3600, gt=0)
    reconcile_days: float = Field(default=5, gt=0)
    reconcile_window_seconds: float = Field(default=20, gt=0)
    announce_again_seconds: float = Field(default=30, gt=0)
    verdict_overdue_seconds: float = Field(default=600, gt=0)
    refund_retry_seconds: float = Field(default=5, gt=0)
    refund_watch_seconds: float = Field(default=60, gt=0)
    due_poll_seconds: float = Field(default=0.25, gt=0)
    lease_seconds: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _real_provider(self) -> Self:
        if self.node_env == "production" and self.razorpay_base_url and not _is_public(self.razorpay_base_url):
            raise ValueError("RAZORPAY_BASE_URL must be https and no loopback address in production")
        return self

    @field_validator("razorpay_accepted_differences")
    @classmethod
    def _known_differences(cls, value: str) -> str:
        if not set(_words(value)) <= set(get_args(Reason)):
            raise ValueError(f"any of {', '.join(get_args(Reason))}, separated by commas")
        return value

    @property
    def accepted_differences(self) -> frozenset[Reason]:
        """For which reasons a capture may be more or less than its order."""
        accepted = _words(self.razorpay_accepted_differences)
        return frozenset(reason for reason in get_args(Reason) if reason in accepted)

    @property
    def key_secrets(self) -> list[str]:
        """The API's secret first, then former ones that Checkout may still have signed with."""
        return listed(self.razorpay_key_secret)

    @property
    def webhook_secrets(self) -> list[str]:
        """A retry is signed with the secret of its first delivery."""
        return listed(self.razorpay_webhook_secret)

    @property
    def intervals(self) -> RetryIntervals:
        """How far apart the tries of due work lie."""
        return RetryIntervals(
            poll=timedelta(seconds=self.reconcile_first_seconds),
            watch=timedelta(seconds=self.refund_watch_seconds),
            announce=timedelta(seconds=self.announce_again_seconds),
            refund=timedelta(seconds=self.refund_retry_seconds),
            maximum=timedelta(seconds=self.reconcile_maximum_seconds),
        )


def listed(secret: SecretStr) -> list[str]:
    """The values of a comma-separated secret."""
    return _words(secret.get_secret_value())


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _is_public(url: str) -> bool:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    try:
        local = ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "https" and bool(host) and not local
