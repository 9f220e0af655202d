"""What may be shipped, and what its bill of materials says."""

import json
import re
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from stack import release
from stack.options import SERVICES
from stack.shipped import IMAGES, ROOT, Package, packages

LOCK = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def test_every_service_has_its_image() -> None:
    assert {*SERVICES, "gateway", "simulators"} == set(IMAGES)


def test_all_that_is_shipped_has_a_licence_that_is_allowed() -> None:
    assert list(release.refused({each for image in IMAGES for each in packages(image)})) == []


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "MIT AND GPL-3.0-only", "unknown", "Proprietary"])
def test_a_licence_that_is_not_allowed_is_named(licence: str) -> None:
    assert list(release.refused({Package("a", "1.0", licence)})) == [f"a 1.0: {licence}"]


def test_no_package_is_excused_that_is_not_shipped() -> None:
    shipped = {each.name for image in IMAGES for each in packages(image)}
    assert set(release.RULES["packages"]) <= shipped


def test_every_place_names_the_same_version() -> None:
    assert len(set(release.versions().values())) == 1


@pytest.mark.parametrize("image", IMAGES)
def test_what_is_shipped_is_what_is_locked(image: str) -> None:
    of_python = {each.name: each.version for each in packages(image) if each.ecosystem == "pypi"}
    assert of_python.items() <= LOCK.items()


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return release.environment()


def test_a_bill_of_materials_lists_each_package_once_and_is_valid(whole: dict[str, Any]) -> None:
    bom = release.bom_of("gateway", whole)
    named = {(each["name"], each["version"]) for each in bom["components"]}
    assert len(named) == len(bom["components"]) == len(packages("gateway"))
    assert {"starlette", "preact"} <= {name for name, _ in named}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bom)) is None
