"""What the user asked for: read once from the environment of `make up` or `make run`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SERVICES = ("identity", "catalog", "seating", "booking", "payment", "notify")
COPIED = (*SERVICES, "gateway")
# What make and a test run leave in the environment is no setting of a service; and the audit reads unprefixed books.
NOT_PASSED = (
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "PORT",
    "HOST",
    "ROLE",
    "STACK_DIR",
    "REPLICAS",
    "SERVERS",
    "ROLE_SPLIT",
    "DEMO",
    "DATABASE_PREFIX",
)
# What people give to `make up` itself, out of all that a shell's environment holds.
CHOSEN = re.compile(r"PORT|REPLICAS|SERVERS|ROLE_SPLIT|DEMO|CLIENT_URL|LOG_LEVEL|NODE_ENV|RATE_LIMITS|[A-Z_]+_SECONDS")


class OptionError(Exception):
    """A variable cannot be understood; the text is one line for the user."""


@dataclass(frozen=True)
class Options:
    """`port` 0 means any free one. `servers` is how many there are of each server: 1, or 3 that stand in for one
    another. `given` is the rest of the environment, which reaches every process of ours; `chosen` is what was picked
    for this very start."""

    folder: Path = Path(".stack")
    port: int = 8080
    demo: bool = True
    role_split: bool = False
    replicas: Mapping[str, int] = field(default_factory=dict)
    servers: int = 1
    given: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def replicas_of(self, service: str) -> int:
        return self.replicas.get(service, 1)


def read(environ: Mapping[str, str]) -> Options:
    """Raises `OptionError`."""
    return Options(
        folder=Path(environ.get("STACK_DIR") or ".stack").resolve(),
        port=_number("PORT", environ.get("PORT") or "8080"),
        demo=environ.get("DEMO", "1") != "0",
        role_split=environ.get("ROLE_SPLIT", "0") not in {"", "0"},
        replicas=_replicas(environ.get("REPLICAS", "")),
        servers=_servers(environ.get("SERVERS") or "1"),
        given={name: value for name, value in environ.items() if name not in NOT_PASSED and value},
        chosen={name: value for name, value in environ.items() if CHOSEN.fullmatch(name)},
    )


def _replicas(text: str) -> dict[str, int]:
    """`seating=3 booking=2`, as one would say it."""
    counts = {}
    for part in text.replace(",", " ").split():
        service, _, count = part.partition("=")
        if service not in COPIED:
            raise OptionError(f"REPLICAS names {service!r}: it may name {', '.join(COPIED)}")
        counts[service] = _number("REPLICAS", count, least=1)
    return counts


def _servers(text: str) -> int:
    if text not in {"1", "3"}:
        raise OptionError(f"SERVERS: {text!r} is neither 1 nor 3: two cannot outvote one")
    return int(text)


def _number(name: str, text: str, least: int = 0) -> int:
    if not text.isdecimal() or not least <= int(text) <= 65535:
        raise OptionError(f"{name}: {text!r} is no number from {least} to 65535")
    return int(text)
