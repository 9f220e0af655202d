"""Settings that every process shares; a service adds its own fields. They are read once, in `create`, and handed on."""

import base64
import binascii
import sys
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, Field, SecretBytes, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


def _key_bytes(value: object) -> bytes:
    try:
        key = base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ValueError("must be 32 bytes in base64")
    return key


SecretKey = Annotated[SecretBytes, BeforeValidator(_key_bytes)]
"""32 bytes, such as the seed of an Ed25519 key; in base64 in the environment."""


class ProcessSettings(BaseSettings):
    """The environment of any process. URLs of services may list several replicas, separated by commas. What stands
    under a setting is its line in `docs/settings.md`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """The address that it listens on."""
    port: int = 8000
    """The port that it listens on."""
    role: Literal["api", "worker", "all"] = "all"
    """`api` answers HTTP and publishes what it writes; `worker` consumes, relays and does due work; `all` does both."""
    node_env: Literal["development", "production", "test"] = "development"
    """`production` refuses stand-ins of providers, test keys and pages of the local stack."""
    log_level: str = "INFO"
    """`DEBUG`, `INFO`, `WARNING` or `ERROR`."""
    otel_exporter_otlp_endpoint: str | None = None
    """Where spans go (OTLP over HTTP); without it nowhere."""
    otel_traces_sampler_arg: Annotated[float, Field(ge=0, le=1)] = 1.0
    """The share of all traces whose spans are exported, 0 to 1."""
    drain_seconds: Annotated[float, Field(ge=0, le=60)] = 0
    """How long a process that is to end still accepts connections: for balancers that ask `/readyz`."""

    @property
    def works(self) -> bool:
        """Whether this process consumes, relays and does due work."""
        return self.role in {"worker", "all"}


class ServiceSettings(ProcessSettings):
    """The environment of a service with a database and a broker. The database is named `database_prefix` + service."""

    mongo_uri: SecretStr
    """A replica set of MongoDB, with the account."""
    database_prefix: str = ""
    """Stands before the service's word in its database's name, where a MongoDB is shared."""
    rabbitmq_url: SecretStr
    """The broker, with account and virtual host."""
    identity_url: str = "http://127.0.0.1:8001"
    """Where identity answers."""
    prefetch: int = 16
    """How many messages of each queue are under way at once."""


S = TypeVar("S", bound=ProcessSettings)


def load(settings: type[S]) -> S:
    """Read the environment; end the process with one line for each name that is missing or wrong."""
    try:
        return settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(map(str, problem["loc"])).upper() or "settings"
            sys.stderr.write(f"setting {name}: {problem['msg']}\n")
        raise SystemExit(78) from None
