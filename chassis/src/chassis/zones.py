"""Time zones come from the package tzdata, never from the machine: every service reads the same ones."""

import zoneinfo
from functools import cache
from importlib import resources
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from typing_extensions import TypeAliasType

# Clocks and fixed offsets: they name no place, so they do not say what the clocks of a theater will show.
_CLOCKS = frozenset({"Factory", "GMT", "GMT+0", "GMT-0", "GMT0", "Greenwich", "UCT", "Universal", "Zulu"}) | frozenset(
    {"CET", "EET", "MET", "WET", "EST", "HST", "MST", "CST6CDT", "EST5EDT", "MST7MDT", "PST8PDT"}
)


def use_packaged_zones() -> None:
    """Keep `ZoneInfo` from reading this machine's zones, whatever PYTHONTZPATH says."""
    zoneinfo.reset_tzpath(())


@cache
def zone_names() -> frozenset[str]:
    """The names of the IANA database that name a place, and UTC."""
    names = resources.files("tzdata").joinpath("zones").read_text("utf-8").split()
    return frozenset(name for name in names if name not in _CLOCKS and not name.startswith("Etc/")) | {"Etc/UTC"}


def _named(value: str) -> str:
    if value not in zone_names():
        raise ValueError("a time zone of the IANA database that names a place, such as Asia/Kolkata, or UTC")
    return value


def _list_names(schema: dict[str, Any]) -> None:
    schema["enum"] = sorted(zone_names())


TimeZone = TypeAliasType("TimeZone", Annotated[str, AfterValidator(_named), Field(json_schema_extra=_list_names)])
"""The type of a field; in schemas it is a component of its own, with every name."""
