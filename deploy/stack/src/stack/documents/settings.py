"""What each service reads from its environment, from its settings class: for `docs/settings.md` and the Helm chart."""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import Any, get_args

import orjson
from pydantic import BaseModel, SecretBytes, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

from chassis.settings import ProcessSettings
from contracts.subscriptions import OPEN_QUEUES, SUBSCRIPTIONS
from stack.options import SERVICES

PROCESSES = (*SERVICES, "gateway")
SERVERS = {"MONGO_URI": "mongo", "RABBITMQ_URL": "rabbitmq", "REDIS_URL": "redis"}
REACHED = {
    "SMTP_HOST": "smtp",
    "TMDB_BASE_URL": "internet",
    "TWILIO_BASE_URL": "internet",
    "STRIPE_SECRET_KEY": "internet",
}


@dataclass(frozen=True)
class Setting:
    """A name of the environment. `default` is as one would write it there; None where there is none."""

    name: str
    meaning: str
    default: str | None
    is_required: bool
    is_secret: bool
    schema: Mapping[str, Any]


@cache
def settings_of(service: str) -> dict[str, Setting]:
    """All that a service reads, by name."""
    return {setting.name: setting for setting in _fields(_class_of(service), "")}


def calls_of(service: str) -> list[str]:
    """The services that it is told the addresses of."""
    read = settings_of(service)
    return [other for other in SERVICES if other != service and f"{other.upper()}_URL" in read]


def servers_of(service: str) -> list[str]:
    """What it connects to besides services of ours."""
    read = settings_of(service)
    return sorted({server for name, server in (SERVERS | REACHED).items() if name in read})


def queues_of(service: str) -> str | None:
    """A regular expression for the queues that its workers take events from; None where it hears none."""
    if service not in SUBSCRIPTIONS:
        return None
    names = [r".+\.v[0-9]+", *(name.removeprefix(f"{service}.") for name in (OPEN_QUEUES.get(service),) if name)]
    return rf"^{service}\.({'|'.join(names)})$"


def _class_of(service: str) -> type[ProcessSettings]:
    settings: type[ProcessSettings] = importlib.import_module(f"{service}.settings").Settings
    return settings


def _fields(model: type[BaseModel], prefix: str) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        inner = _part_of(field)
        if inner is not None:
            yield from _fields(inner, f"{name}_")
        else:
            yield _setting(f"{prefix}{name}".upper(), field, is_part=bool(prefix))


def _part_of(field: FieldInfo) -> type[BaseModel] | None:
    """The class of a group of settings that have its name in front, such as those of a provider."""
    kinds = [kind for kind in _types_in(field.annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return kinds[0] if kinds else None


def _setting(name: str, field: FieldInfo, *, is_part: bool) -> Setting:
    return Setting(
        name=name,
        meaning=" ".join((field.description or "").split()),
        default=None if field.is_required() else _written(field.get_default(call_default_factory=True)),
        is_required=field.is_required() and not is_part,
        is_secret=any(kind in (SecretStr, SecretBytes) for kind in _types_in(field.annotation)),
        schema=TypeAdapter(field.rebuild_annotation()).json_schema(),
    )


def _types_in(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _types_in(inner)


def _written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, PurePath):
        return str(value)
    return orjson.dumps(value).decode()
