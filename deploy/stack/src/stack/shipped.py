"""Which third-party packages an image holds, by the metadata of the environment; its versions are the lock's."""

import importlib.metadata
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[4]
IMAGES = ("identity", "catalog", "seating", "booking", "payment", "notify", "gateway", "simulators")
OURS = "marquee-"


@dataclass(frozen=True)
class Package:
    """A package as it is shipped; `licence` is its SPDX expression, or what it says of itself in other words."""

    name: str
    version: str
    licence: str
    ecosystem: str = "pypi"


def packages(image: str) -> set[Package]:
    """All that the image of this name has besides our own code; the gateway's has the pages' packages too."""
    names = set(_names(f"{OURS}{image}"))
    third_party = {_package(name) for name in names if not name.startswith(OURS)}
    return third_party | (_of_pages() if image == "gateway" else set())


def _names(distribution: str) -> Iterator[str]:
    """The distribution and all that it asks for, whatever asks for it."""
    open_requirements, known = [Requirement(distribution)], set[tuple[str, frozenset[str]]]()
    while open_requirements:
        requirement = open_requirements.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in known:
            continue
        known.add((name, extras))
        yield name
        for line in importlib.metadata.requires(name) or ():
            inner = Requirement(line)
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in (extras or {""})):
                open_requirements.append(inner)


@cache
def _package(name: str) -> Package:
    metadata = importlib.metadata.metadata(name)
    said = [
        *metadata.get_all("License-Expression", ()),
        *(line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier", ()) if line.startswith("License ::")),
        *(text.partition("\n")[0] for text in metadata.get_all("License", ())),
    ]
    return Package(name, metadata["Version"], next((licence for licence in said if licence), "unknown"))


def _of_pages() -> set[Package]:
    """What npm has for the pages."""
    lock = json.loads((ROOT / "web/package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {
        Package(path.partition("node_modules/")[2], entry["version"], entry.get("license", "unknown"), "npm")
        for path, entry in lock.items()
        if path and not entry.get("dev")
    }
