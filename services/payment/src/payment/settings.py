"""This service's environment."""

from datetime import timedelta
from typing import Any, Self, get_args

from pydantic import Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings
from payment.domain import ProviderName
from payment.providers.kind import ProviderSettings
from payment.providers.razorpay.settings import RazorpaySettings
from payment.providers.stripe.settings import StripeSettings
from payment.schedule import RetryIntervals


class Settings(ServiceSettings):
    """A provider is on where any of its settings is given, or where it is the default one: then all that it needs must
    be there. Its settings have its name in front."""

    model_config = SettingsConfigDict(env_nested_delimiter="_", env_nested_max_split=1)

    seating_url: str = "http://127.0.0.1:8003"
    """Where seating answers."""
    payment_provider: ProviderName = "razorpay"
    """The provider where a call names none."""
    razorpay: RazorpaySettings | None = None
    stripe: StripeSettings | None = None

    reconcile_first_seconds: float = Field(default=270, gt=0)
    """After how long an order that is not paid is looked up by itself."""
    reconcile_maximum_seconds: float = Field(default=3600, gt=0)
    """The longest pause between two tries of due work."""
    reconcile_days: float = Field(default=5, gt=0)
    """For how long entries of a provider's lists are looked at again."""
    reconcile_window_seconds: float = Field(default=20, gt=0)
    """How often the providers' lists are read."""
    announce_again_seconds: float = Field(default=30, gt=0)
    """After how long a capture that booking has not answered is announced again."""
    answer_overdue_seconds: float = Field(default=600, gt=0)
    """After how long such a capture is a case for a person."""
    refund_retry_seconds: float = Field(default=5, gt=0)
    """The first pause before a refund that failed is tried again."""
    refund_watch_seconds: float = Field(default=60, gt=0)
    """The first pause before a refund that is under way is looked up."""
    due_poll_seconds: float = Field(default=0.25, gt=0)
    """The shortest pause between two looks for due work."""
    lease_seconds: float = Field(default=30, gt=0)
    """How long due work is its taker's, before another may take it."""

    @field_validator("payment_provider")
    @classmethod
    def _known_provider(cls, value: str) -> str:
        if value not in cls._provider_names():
            raise ValueError(f"one of {', '.join(cls._provider_names())}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _default_is_on(cls, values: dict[str, Any]) -> dict[str, Any]:
        """So that each setting that it lacks is named."""
        default = values.get("payment_provider", cls.model_fields["payment_provider"].default)
        return {default: {}, **values} if default in cls._provider_names() else values

    @model_validator(mode="after")
    def _real_providers(self) -> Self:
        for name, provider in self.providers.items():
            if self.node_env == "production" and provider.is_simulated:
                raise ValueError(f"{name.upper()}_BASE_URL must be https and no loopback address in production")
            if self.node_env == "production" and provider.is_test:
                raise ValueError(f"the keys of {name.upper()} are those of its test mode: production takes live ones")
        return self

    @property
    def providers(self) -> dict[ProviderName, ProviderSettings]:
        """The settings of those that are on."""
        settings = {name: getattr(self, name) for name in self._provider_names()}
        return {name: provider for name, provider in settings.items() if provider is not None}

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

    @classmethod
    def _provider_names(cls) -> list[ProviderName]:
        kinds = {name: get_args(field.annotation) for name, field in cls.model_fields.items()}
        return [
            name
            for name, types in kinds.items()
            if any(isinstance(kind, type) and issubclass(kind, ProviderSettings) for kind in types)
        ]
