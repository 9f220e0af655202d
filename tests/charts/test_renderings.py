"""The chart is one that Helm and Kubernetes take, and comes to what was reviewed."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from stack import charts

OF_OPERATORS = {"monitoring.coreos.com/v1", "keda.sh/v1alpha1"}
OLDEST = yaml.safe_load((charts.CHART / "Chart.yaml").read_text())["kubeVersion"].strip(">=").partition("-")[0]
SCHEMAS = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{OLDEST}-local-strict"


@cache
def definitions() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([("json-schema:///_definitions.json", read("_definitions.json"))])


@cache
def schema_of(kind: str, api: str) -> Any:
    """Of the oldest Kubernetes that the chart takes; newer ones know its fields too."""
    group, _, version = api.rpartition("/")
    name = "-".join(part for part in (kind.lower(), group.partition(".")[0], version) if part)
    return jsonschema_rs.validator_for(read(f"{name}.json"), registry=definitions())


def read(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text())


def test_helm_finds_nothing_wrong(values: Path) -> None:
    charts.lint(values)


def test_the_objects_are_those_that_were_reviewed(values: Path) -> None:
    golden = charts.golden_of(values).read_text(encoding="utf-8")
    assert charts.reviewed(values) == golden, "run `make charts` and review the diff"


def test_kubernetes_knows_every_field(objects: tuple[dict[str, Any], ...]) -> None:
    for each in objects:
        if each["apiVersion"] not in OF_OPERATORS:
            errors = schema_of(each["kind"], each["apiVersion"]).iter_errors(each)
            assert [error.message for error in errors] == []


def test_a_field_that_kubernetes_does_not_know_is_found() -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "automountToken": False}
    assert not schema_of("ServiceAccount", "v1").is_valid(account)


def test_no_object_is_there_twice(objects: tuple[dict[str, Any], ...]) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("settings.PUBLIC_URL=null", "PUBLIC_URL"),
        ("settings.HOLD_SECONDZ=5", "HOLD_SECONDZ"),
        ("services.payment.settings.STRIPE_SECRET_KEY=sk_live_1", "STRIPE_SECRET_KEY"),
        ("settings.MONGO_URI=mongodb://elsewhere", "MONGO_URI"),
        ("services.seating.secrets.REDIS_URL=optional", "REDIS_URL"),
        ("settings.HOLD_SECONDS=0", "HOLD_SECONDS"),
        ("settings.TRUSTED_PROXIES=null", "TRUSTED_PROXIES"),
        ("servers.mongo.to=null", "mongo"),
    ],
)
def test_values_that_cannot_be_right_are_refused_by_name(option: str, said: str) -> None:
    values = charts.FOLDER / "values" / "one-node.yaml"
    with pytest.raises(charts.ChartError, match=said):
        charts.rendered(values, "--set", option)


def test_alarms_and_dashboards_reach_the_operator_as_they_stand() -> None:
    objects = list(yaml.safe_load_all(charts.rendered(charts.FOLDER / "values" / "three-zones.yaml")))
    groups = [group for each in objects if each["kind"] == "PrometheusRule" for group in each["spec"]["groups"]]
    rules = [yaml.safe_load(file.read_text()) for file in sorted((charts.CHART / "rules").glob("*.yml"))]
    boards = {key: text for each in objects if each["kind"] == "ConfigMap" for key, text in each["data"].items()}
    assert groups == [group for file in rules for group in file["groups"]]
    assert boards == {file.name: file.read_text() for file in (charts.CHART / "dashboards").glob("*.json")}
