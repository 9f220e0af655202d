"""The table of processes: what runs, with which environment, where it listens and how one sees that it is ready."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.options import SERVICES, Options
from stack.ports import PortClaims, PortsTakenError

KEYS: Mapping[str, Mapping[str, str]] = {  # provider → what stack.json calls a key of it → its setting
    "razorpay": {
        "keyId": "RAZORPAY_KEY_ID",
        "keySecret": "RAZORPAY_KEY_SECRET",
        "webhookSecret": "RAZORPAY_WEBHOOK_SECRET",
    },
    "stripe": {
        "secretKey": "STRIPE_SECRET_KEY",
        "publishableKey": "STRIPE_PUBLISHABLE_KEY",
        "webhookSecret": "STRIPE_WEBHOOK_SECRET",
    },
    "twilio": {
        "accountSid": "TWILIO_ACCOUNT_SID",
        "authToken": "TWILIO_AUTH_TOKEN",
        "from": "TWILIO_FROM",
    },
    "tmdb": {"token": "TMDB_TOKEN"},
}
PAYMENT_PROVIDERS = ("razorpay", "stripe")
SIMULATORS = (*KEYS, "mail")
SECRETS_OF: Mapping[str, tuple[str, ...]] = {
    "identity": ("JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET", "ADMIN_EMAIL", "ADMIN_PASSWORD"),
    "booking": ("TICKET_SIGNING_SECRET",),
    "payment": tuple(setting for provider in PAYMENT_PROVIDERS for setting in KEYS[provider].values()),
    "notify": tuple(KEYS["twilio"].values()),
    "catalog": tuple(KEYS["tmdb"].values()),
    **{provider: tuple(keys.values()) for provider, keys in KEYS.items()},
}
WEB = Path(__file__).parents[4] / "web"
DEFAULTS = {
    "NODE_ENV": "development",
    "PAYMENT_PROVIDER": "razorpay",
    "HOLD_SECONDS": "600",
    "PAYMENT_SECONDS": "300",
    "RATE_LIMITS": "on",
    "RAZORPAY_ACCOUNT_ID": "acc_MarqueeSim0001",  # of the simulator
}


@dataclass(frozen=True)
class Definition:
    """One process of ours. `service` is the word it stands under in stack.json; `role` is empty for a simulator."""

    name: str
    service: str
    role: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    port: int
    ready_path: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Table:
    """Everything of ours that runs; addresses are fixed before the first process starts."""

    simulators: tuple[Definition, ...]
    services: tuple[Definition, ...]
    smtp: str

    @property
    def gateway(self) -> str:
        return next(process.url for process in self.services if process.service == "gateway")

    @property
    def all(self) -> tuple[Definition, ...]:
        return self.simulators + self.services


def table(options: Options, secrets: Mapping[str, str], stores: Mapping[str, str], ports: PortClaims) -> Table:
    """`stores` are MONGO_URI, REDIS_URL and RABBITMQ_URL."""
    gateway = gateway_port(options.port, ports)
    simulators, smtp = {name: ports.claim() for name in SIMULATORS}, ports.claim()
    slots = [
        *_slots(options, ports),
        *(("gateway", "all", n, p) for n, p in _gateway_replicas(options, gateway, ports)),
    ]
    shared = {
        **DEFAULTS,
        "DEV_PAGE": "off" if options.given.get("NODE_ENV") == "production" else "on",
        "PUBLIC_URL": f"http://127.0.0.1:{gateway}",
        **{f"{provider.upper()}_BASE_URL": f"http://127.0.0.1:{simulators[provider]}" for provider in KEYS},
        "TMDB_IMAGE_BASE_URL": f"http://127.0.0.1:{simulators['tmdb']}/t/p",
        "WEB_DIR": str(WEB),
        "STACK_FILE": str(options.folder.resolve() / "stack.json"),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp),
        **_public(options, secrets),
        **stores,
        **_urls(slots),
    }
    return Table(
        simulators=_simulators(options, secrets, shared, simulators, smtp),
        services=tuple(_service(slot, shared, secrets) for slot in slots),
        smtp=f"127.0.0.1:{smtp}",
    )


Slot = tuple[str, str, int, int]  # service, role, number of the replica, port


def _slots(options: Options, ports: PortClaims) -> Iterator[Slot]:
    roles = ("api", "worker") if options.role_split else ("all",)
    for service in SERVICES:
        for role in roles:
            for number in range(1, options.replicas_of(service) + 1):
                yield service, role, number, ports.claim()


def _gateway_replicas(options: Options, first: int, ports: PortClaims) -> Iterator[tuple[int, int]]:
    """The first replica has the public port, others any."""
    yield 1, first
    for number in range(2, options.replicas_of("gateway") + 1):
        yield number, ports.claim()


def gateway_port(wanted: int, ports: PortClaims) -> int:
    """The public port, claimed; any free one for 0. Raises `PortsTakenError`."""
    port = ports.claim(wanted or None)
    if wanted and port != wanted:
        raise PortsTakenError(f"port {wanted} is in use: give another, as in `make up PORT={wanted + 1}`")
    return port


def _urls(slots: list[Slot]) -> dict[str, str]:
    """SEATING_URL and its like: the replicas that answer HTTP."""
    addresses: dict[str, list[str]] = {}
    for service, role, _, port in slots:
        if role != "worker" and service != "gateway":
            addresses.setdefault(f"{service.upper()}_URL", []).append(f"http://127.0.0.1:{port}")
    return {name: ",".join(urls) for name, urls in addresses.items()}


def _service(slot: Slot, shared: Mapping[str, str], secrets: Mapping[str, str]) -> Definition:
    service, role, number, port = slot
    own = {"PORT": str(port), "HOST": "127.0.0.1", "ROLE": role, "PYTHONUNBUFFERED": "1"}
    return Definition(
        name=f"{service}-{number}" if role == "all" else f"{service}-{role}-{number}",
        service=service,
        role=role,
        argv=(sys.executable, "-m", "chassis", service),
        env={**shared, **_secrets_of(service, secrets), **own},
        port=port,
        ready_path="/readyz",
    )


def _simulators(
    options: Options, secrets: Mapping[str, str], shared: Mapping[str, str], ports: Mapping[str, int], smtp: int
) -> tuple[Definition, ...]:
    webhook = {"WEBHOOK_URL": f"{shared['PUBLIC_URL']}/api/payments/webhook"}
    extra = {**dict.fromkeys(PAYMENT_PROVIDERS, webhook), "mail": {"SMTP_PORT": str(smtp)}}
    return tuple(
        Definition(
            name=name,
            service=name,
            role="",
            argv=(sys.executable, "-m", "simulators", name),
            env={
                **_public(options, secrets),
                **_secrets_of(name, secrets),
                **extra.get(name, {}),
                "PORT": str(port),
                "HOST": "127.0.0.1",
                "STATE_DIR": str(options.data / "simulators"),
                "PYTHONUNBUFFERED": "1",
            },
            port=port,
            ready_path="/healthz",
        )
        for name, port in ports.items()
    )


def _secrets_of(service: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """A process is told what it needs and nothing else."""
    return {name: secrets[name] for name in SECRETS_OF.get(service, ())}


def _public(options: Options, secrets: Mapping[str, str]) -> dict[str, str]:
    """What the user's environment gives to every process."""
    return {name: value for name, value in options.given.items() if name not in secrets}
