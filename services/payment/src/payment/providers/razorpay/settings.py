"""Razorpay's part of the environment, in which each name begins with `RAZORPAY_`."""

from pydantic import SecretStr

from payment.providers.kind import ProviderSettings, secrets_of


class RazorpaySettings(ProviderSettings):
    """An account. Secrets may list several values, separated by commas, while one is being replaced: today's first."""

    key_id: str
    """The key's id: it is shown to guests."""
    key_secret: SecretStr
    """The key's secret; several while one is replaced, today's first."""
    webhook_secret: SecretStr
    """What webhooks are signed with; several while one is replaced, today's first."""
    account_id: str | None = None
    """Whose webhooks are taken; without it those of whoever knows the secret."""

    @property
    def key_secrets(self) -> list[str]:
        """The API's secret first, then former ones that Checkout may still have signed with."""
        return secrets_of(self.key_secret)

    @property
    def is_test(self) -> bool:
        return self.key_id.startswith("rzp_test_")

    @property
    def webhook_secrets(self) -> list[str]:
        """A retry is signed with the secret of its first delivery."""
        return secrets_of(self.webhook_secret)
