"""The gateway's environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from chassis.settings import ProcessSettings
from gateway.clients import TrustedProxies
from gateway.connection import Limits
from gateway.pages import checkout_origins
from gateway.rate_classes import Rates


def _networks(value: str) -> str:
    TrustedProxies(_listed(value))
    return value


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


Calls = Annotated[int, Field(ge=1, le=1_000_000)]


class Settings(ProcessSettings):
    """Where services are, who may call and how often, and the folder of the pages."""

    client_url: str = ""
    """Origins of front ends that may make private calls from elsewhere, separated by commas."""
    public_url: str = "http://127.0.0.1:8080"
    """The gateway's origin, as guests know it; links in messages begin with it."""
    security_contact: str = ""
    """A URI for reports of vulnerabilities, shown in `security.txt`."""
    web_dir: Path | None = None
    """The folder of the pages; without it there are none."""
    dev_page: Literal["on", "off"] = "off"
    """Shows the local stack to this machine alone; production refuses it."""
    stack_file: Path | None = None
    """What that page shows: the description of the local stack."""
    razorpay_base_url: str = ""
    """The address of a stand-in, whose script the page that takes payments loads."""
    stripe_base_url: str = ""
    """The address of a stand-in, whose script the page that takes payments loads."""
    head_seconds: float = Limits().head_seconds
    """How long the head of a request may take."""
    body_seconds: float = Limits().body_seconds
    """How long the body of a request may take."""
    keep_alive_seconds: float = Limits().keep_alive_seconds
    """How long a connection may be idle."""
    connections_per_address: int = Limits().connections_per_address
    """How many connections an address may have."""
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = ""
    """Networks of proxies whose `X-Forwarded-For` and `-Proto` count, separated by commas."""
    redis_url: SecretStr
    """Redis with `noeviction` and an append-only file."""
    rabbitmq_url: SecretStr
    """The broker, with account and virtual host."""
    rate_limits: Literal["on", "off"] = "on"
    """`off` lifts the limits on calls and on holds of guests."""
    rate_sign_in: Calls = Rates().sign_in
    """Sign-ins a minute of an address."""
    rate_sign_in_account: Calls = Rates().sign_in_account
    """Sign-ins a minute by an e-mail address or number."""
    rate_otp: Calls = Rates().otp
    """Codes sent a minute, of an address."""
    rate_read: Calls = Rates().read
    """Reads a minute of an address."""
    rate_write: Calls = Rates().write
    """Writes a minute of a user, or of an address without one."""
    rate_check_in: Calls = Rates().check_in
    """Check-ins a minute of a user, or of an address without one."""
    rate_guest: Calls = Rates().guest
    """New guests a minute of an address."""
    queue_pass_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    """How long the pass of a waiting room is good for."""
    queue_latency_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """The latency of holds beyond which automatic waiting rooms open."""
    identity_url: str = "http://127.0.0.1:8001"
    """Where identity answers."""
    catalog_url: str = "http://127.0.0.1:8002"
    """Where catalog answers."""
    seating_url: str = "http://127.0.0.1:8003"
    """Where seating answers."""
    booking_url: str = "http://127.0.0.1:8004"
    """Where booking answers."""
    payment_url: str = "http://127.0.0.1:8005"
    """Where payment answers."""
    notify_url: str = "http://127.0.0.1:8006"
    """Where notify answers."""

    @model_validator(mode="after")
    def _not_shown_in_production(self) -> Self:
        if self.dev_page == "on" and self.node_env == "production":
            raise ValueError("DEV_PAGE=on is for the local stack: production does not start with it")
        return self

    @property
    def upstreams(self) -> Mapping[str, str]:
        """Each service's word and its replicas, separated by commas."""
        return {
            "identity": self.identity_url,
            "catalog": self.catalog_url,
            "seating": self.seating_url,
            "booking": self.booking_url,
            "payment": self.payment_url,
            "notify": self.notify_url,
        }

    @property
    def origins(self) -> frozenset[str]:
        """The origins of front ends, from `client_url`."""
        return frozenset(origin.rstrip("/") for origin in _listed(self.client_url))

    @property
    def checkouts(self) -> tuple[str, ...]:
        """The origins whose scripts and frames take a guest's payment."""
        return checkout_origins((self.razorpay_base_url, self.stripe_base_url))

    @property
    def proxies(self) -> TrustedProxies:
        """The proxies that say who a client is."""
        return TrustedProxies(_listed(self.trusted_proxies))

    @property
    def rates(self) -> Rates:
        """How many calls of each class are admitted in a minute."""
        return Rates(
            sign_in=self.rate_sign_in,
            sign_in_account=self.rate_sign_in_account,
            otp=self.rate_otp,
            read=self.rate_read,
            write=self.rate_write,
            check_in=self.rate_check_in,
            guest=self.rate_guest,
        )

    @property
    def limits(self) -> Limits:
        """The limits of a client's connection."""
        return Limits(self.head_seconds, self.body_seconds, self.keep_alive_seconds, self.connections_per_address)
