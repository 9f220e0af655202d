"""What a process needs of a provider before it is on: settings, how to connect, and what its public calls look like."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Generic, TypeVar, get_args
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from payment.api.state import FastPath
from payment.domain import Reason
from payment.usecases.provider import Provider


class ProviderSettings(BaseModel):
    """What every provider has. The environment names it in front of each: `<NAME>_BASE_URL`."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    base_url: str | None = None
    """The address of a stand-in; without it the real provider."""
    page_url: str | None = None
    """Where payers find a stand-in whose `base_url` is a name that only we know; None: where we do."""
    accepted_differences: str = ""
    """For which reasons a capture may be more or less than its order, separated by commas."""

    @field_validator("accepted_differences")
    @classmethod
    def _known_differences(cls, value: str) -> str:
        if not set(_parts(value)) <= set(get_args(Reason)):
            raise ValueError(f"any of {', '.join(get_args(Reason))}, separated by commas")
        return value

    @property
    def accepted_reasons(self) -> frozenset[Reason]:
        """For which reasons a capture may be more or less than its order."""
        accepted = _parts(self.accepted_differences)
        return frozenset(reason for reason in get_args(Reason) if reason in accepted)

    def script_url(self, path: str, public: str) -> str:
        """Of the script that payers' pages load: at this path of a stand-in, at `public` of the real provider."""
        stand_in = self.page_url or self.base_url
        return f"{stand_in.rstrip('/')}{path}" if stand_in else public

    @property
    def is_simulated(self) -> bool:
        """Whether the provider is one that no payer can reach: anything but https on a public host."""
        return not all(url is None or _is_public(url) for url in (self.base_url, self.page_url))

    @property
    def is_test(self) -> bool:
        """Whether it is an account for trying out, in which no money moves. A provider that has such tells by its
        key."""
        return False


S = TypeVar("S", bound=ProviderSettings)


@dataclass(frozen=True, slots=True)
class ProviderKind(Generic[S]):
    """A provider that this service can talk to. `router` has the calls that are its own, `fast_path` those of them that
    each sale makes; `webhook_document` is what the public document says of its webhooks: body and headers, which are
    read to the byte, past the framework."""

    connected: Callable[[S], AbstractAsyncContextManager[Provider]]
    webhook_document: dict[str, Any]
    router: APIRouter = field(default_factory=APIRouter)
    fast_path: FastPath = field(default_factory=dict)


def secrets_of(secret: SecretStr) -> list[str]:
    """The values of a comma-separated secret: today's first, then former ones."""
    return _parts(secret.get_secret_value())


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_public(url: str) -> bool:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    try:
        local = ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "https" and bool(host) and not local
