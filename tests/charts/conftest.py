"""The objects that the chart comes to with each of its files of values."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack import charts

Object = dict[str, Any]


@cache
def objects_of(values: Path) -> tuple[Object, ...]:
    return tuple(each for each in yaml.load_all(charts.rendered(values), Loader=yaml.CSafeLoader) if each)


@pytest.fixture(params=charts.value_files(), ids=lambda path: path.stem)
def values(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def objects(values: Path) -> tuple[Object, ...]:
    return objects_of(values)


@pytest.fixture
def deployments(objects: tuple[Object, ...]) -> list[Object]:
    return [each for each in objects if each["kind"] == "Deployment"]
