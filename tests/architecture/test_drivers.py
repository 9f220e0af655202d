"""A member asks for the drivers it uses, and starting it loads no others: so its image holds no others either."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = {member.name: member for member in (*ROOT.glob("services/*"), ROOT / "gateway") if member.is_dir()}
MODULE_OF_EXTRA = {
    "bus": "faststream",
    "contacts": "phonenumbers",
    "http": "aiohttp",
    "mongo": "pymongo",
    "redis": "redis",
    "server": "uvicorn",
    "tokens": "jwt",
}
LOADED = "import sys, chassis.server, {member}.main; print(*sys.modules)"


def extras_of(member: Path) -> set[str]:
    """The extras of chassis that the member's pyproject.toml asks for."""
    dependencies = tomllib.loads((member / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    (extras,) = (match[1] for each in dependencies if (match := re.fullmatch(r"marquee-chassis\[(.*)\]", each)))
    return set(extras.split(","))


def test_every_extra_of_chassis_is_known_here() -> None:
    project = tomllib.loads((ROOT / "chassis" / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["optional-dependencies"].keys() == MODULE_OF_EXTRA.keys()


@pytest.mark.parametrize("member", sorted(MEMBERS))
def test_a_process_loads_the_drivers_that_its_member_asks_for_and_no_others(member: str) -> None:
    command = [sys.executable, "-c", LOADED.format(member=member)]
    modules = set(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())
    loaded = {extra for extra, module in MODULE_OF_EXTRA.items() if module in modules}
    assert loaded == extras_of(MEMBERS[member])
