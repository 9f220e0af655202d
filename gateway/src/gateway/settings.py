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
    """`client_url` lists the origins of front ends that may make private calls from elsewhere. `security_contact` is
    a URI for reports of vulnerabilities. Each service's URL may list several replicas, separated by commas.
    `trusted_proxies` lists the networks of proxies whose `X-Forwarded-For` counts. `rate_…` are calls a minute.
    `queue_latency_seconds` is the latency of holds beyond which automatic waiting rooms open. `web_dir` is the folder
    of the pages; without it there are none. `razorpay_base_url` and `stripe_base_url` are those of stand-ins, whose
    scripts the page that takes payments then loads. `dev_page` shows the local stack that `stack_file` describes to
    this machine alone; production refuses it."""

    client_url: str = ""
    public_url: str = "http://127.0.0.1:8080"
    security_contact: str = ""
    web_dir: Path | None = None
    dev_page: Literal["on", "off"] = "off"
    stack_file: Path | None = None
    razorpay_base_url: str = ""
    stripe_base_url: str = ""
    head_seconds: float = Limits().head_seconds
    body_seconds: float = Limits().body_seconds
    keep_alive_seconds: float = Limits().keep_alive_seconds
    connections_per_address: int = Limits().connections_per_address
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = ""
    redis_url: SecretStr
    rabbitmq_url: SecretStr
    rate_limits: Literal["on", "off"] = "on"
    rate_sign_in: Calls = Rates().sign_in
    rate_sign_in_account: Calls = Rates().sign_in_account
    rate_otp: Calls = Rates().otp
    rate_read: Calls = Rates().read
    rate_write: Calls = Rates().write
    rate_check_in: Calls = Rates().check_in
    rate_guest: Calls = Rates().guest
    queue_pass_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    queue_latency_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    identity_url: str = "http://127.0.0.1:8001"
    catalog_url: str = "http://127.0.0.1:8002"
    seating_url: str = "http://127.0.0.1:8003"
    booking_url: str = "http://127.0.0.1:8004"
    payment_url: str = "http://127.0.0.1:8005"
    notify_url: str = "http://127.0.0.1:8006"

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
