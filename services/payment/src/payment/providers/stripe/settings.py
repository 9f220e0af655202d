"""Stripe's part of the environment, in which each name begins with `STRIPE_`."""

from typing import Self

from pydantic import SecretStr, field_validator, model_validator

from payment.providers.kind import ProviderSettings, secrets_of

_LIVE = ("sk_live_", "rk_live_", "pk_live_")


class StripeSettings(ProviderSettings):
    """An account. The secrets may list several values, separated by commas, while one is being replaced: today's
    first."""

    secret_key: SecretStr
    """The account's secret key; several while one is replaced, today's first."""
    publishable_key: str
    """The account's publishable key: it is shown to guests."""
    webhook_secret: SecretStr
    """What webhooks are signed with; several while one is replaced, today's first."""

    @field_validator("secret_key")
    @classmethod
    def _is_secret(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("sk_", "rk_")):
            raise ValueError("begins with sk_ or rk_")
        return value

    @field_validator("publishable_key")
    @classmethod
    def _is_publishable(cls, value: str) -> str:
        if not value.startswith("pk_"):
            raise ValueError("begins with pk_: it is shown to every guest")
        return value

    @model_validator(mode="after")
    def _of_one_mode(self) -> Self:
        if self.is_live is not self.publishable_key.startswith(_LIVE):
            raise ValueError("STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of different modes, live and test")
        return self

    @property
    def is_live(self) -> bool:
        """Whether true money moves."""
        return self.api_key.startswith(_LIVE)

    @property
    def is_test(self) -> bool:
        return not self.is_live

    @property
    def api_key(self) -> str:
        """The key that calls are made with."""
        return secrets_of(self.secret_key)[0]

    @property
    def webhook_secrets(self) -> list[str]:
        """While a secret is rolled its webhooks are signed with both, or with either."""
        return secrets_of(self.webhook_secret)
