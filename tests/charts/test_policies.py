"""What every process in the cluster must be, whatever the values: read from the rendered objects."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from chassis import broker, server
from stack.documents.settings import PROCESSES, SERVERS, calls_of, queues_of, servers_of, settings_of

Object = dict[str, Any]
PART = {"app.kubernetes.io/part-of": "marquee"}
CLOSING_SECONDS = 13  # work in the background (`Background.finish`), then the broker's leave


def container(deployment: Object) -> Object:
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(only)


def labels(deployment: Object) -> dict[str, str]:
    return dict(deployment["spec"]["template"]["metadata"]["labels"])


def service(deployment: Object) -> str:
    return labels(deployment)["app.kubernetes.io/name"]


def of_kind(objects: Iterable[Object], kind: str) -> Iterator[Object]:
    return (each for each in objects if each["kind"] == kind)


def selects(selector: Object, deployment: Object) -> bool:
    return bool(selector["matchLabels"].items() <= labels(deployment).items())


def test_each_service_answers_and_those_that_hear_events_work(deployments: list[Object]) -> None:
    roles = {(service(each), labels(each)["app.kubernetes.io/component"]) for each in deployments}
    workers = {(name, "worker") for name in PROCESSES if queues_of(name)}
    assert roles == {(name, "api") for name in PROCESSES} | workers
    for each in deployments:
        environment = {entry["name"]: entry.get("value") for entry in container(each)["env"]}
        assert environment["ROLE"] == labels(each)["app.kubernetes.io/component"]


def test_no_container_may_do_more_than_it_needs(deployments: list[Object]) -> None:
    for each in deployments:
        pod, rights = each["spec"]["template"]["spec"], container(each)["securityContext"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}
        assert all(volume.keys() <= {"name", "emptyDir"} for volume in pod["volumes"])
        assert rights == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_every_container_has_limits_and_asks_for_no_more(deployments: list[Object]) -> None:
    for each in deployments:
        resources = container(each)["resources"]
        assert resources["limits"].keys() == resources["requests"].keys() == {"cpu", "memory"}


def test_every_container_is_probed(deployments: list[Object]) -> None:
    for each in deployments:
        probes = {name: probe for name, probe in container(each).items() if name.endswith("Probe")}
        paths = {name: probe["httpGet"]["path"] for name, probe in probes.items()}
        assert paths["startupProbe"] == paths["livenessProbe"] == "/healthz"
        assert paths["readinessProbe"] == ("/healthz" if service(each) == "gateway" else "/readyz")


def test_no_image_is_a_moving_one(deployments: list[Object]) -> None:
    for each in deployments:
        name, _, version = container(each)["image"].rpartition("/")[2].replace("@sha256", "").partition(":")
        assert name == f"marquee-{service(each)}"
        assert version not in {"", "latest"}


def test_every_deployment_is_spread_and_never_given_up_at_once(
    objects: tuple[Object, ...], deployments: list[Object]
) -> None:
    budgets = list(of_kind(objects, "PodDisruptionBudget"))
    for each in deployments:
        (budget,) = (budget for budget in budgets if selects(budget["spec"]["selector"], each))
        assert budget["spec"]["maxUnavailable"] == 1
        spread = each["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert {constraint["topologyKey"] for constraint in spread} == {
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
        }
        assert all(selects(constraint["labelSelector"], each) for constraint in spread)
        assert each["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_who_scales_a_deployment_is_one_alone(objects: tuple[Object, ...], deployments: list[Object]) -> None:
    scalers = [*of_kind(objects, "HorizontalPodAutoscaler"), *of_kind(objects, "ScaledObject")]
    for each in deployments:
        own = [one for one in scalers if one["spec"]["scaleTargetRef"]["name"] == each["metadata"]["name"]]
        assert len(own) + ("replicas" in each["spec"]) == 1


def test_what_every_service_requires_is_given(deployments: list[Object]) -> None:
    for each in deployments:
        given = {entry["name"] for entry in container(each)["env"]}
        required = {name for name, setting in settings_of(service(each)).items() if setting.is_required}
        addresses = {f"{other.upper()}_URL" for other in calls_of(service(each))}
        assert required | addresses <= given
        assert len(given) == len(container(each)["env"])


def test_a_process_is_told_what_it_reads_and_nothing_else(deployments: list[Object]) -> None:
    for each in deployments:
        assert {entry["name"] for entry in container(each)["env"]} <= settings_of(service(each)).keys()


def test_no_secret_stands_in_the_objects(objects: tuple[Object, ...], deployments: list[Object]) -> None:
    assert list(of_kind(objects, "Secret")) == []
    for each in deployments:
        secret = {name for name, setting in settings_of(service(each)).items() if setting.is_secret}
        for entry in container(each)["env"]:
            if entry["name"] in secret:
                assert "value" not in entry
                assert entry["valueFrom"]["secretKeyRef"]["name"] == f"marquee-{service(each)}"


def policies(objects: Iterable[Object]) -> dict[str, Object]:
    return {each["metadata"]["name"]: each["spec"] for each in of_kind(objects, "NetworkPolicy")}


def pods(rules: Iterable[Object], side: str) -> set[str]:
    """The services of ours that rules name."""
    peers = [peer for rule in rules for peer in rule[side] if "podSelector" in peer]
    assert all(PART.items() <= peer["podSelector"]["matchLabels"].items() for peer in peers)
    return {peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for peer in peers}


def test_what_no_policy_allows_is_refused(objects: tuple[Object, ...]) -> None:
    deny = policies(objects)["default-deny"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_services_reach_those_that_they_call_and_no_others(objects: tuple[Object, ...]) -> None:
    known = policies(objects)
    for name in PROCESSES:
        assert known[name]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == name
        assert pods(known[name]["egress"], "to") == set(calls_of(name))
        assert pods(known[name]["ingress"], "from") == {other for other in PROCESSES if name in calls_of(other)}


def test_the_gateway_alone_is_called_from_outside(objects: tuple[Object, ...]) -> None:
    for name, policy in policies(objects).items():
        outside = [peer for rule in policy.get("ingress", ()) for peer in rule["from"] if "podSelector" not in peer]
        assert bool(outside) is (name == "gateway") or name == "names-and-metrics"


def test_every_way_out_has_an_end(objects: tuple[Object, ...]) -> None:
    for name, policy in policies(objects).items():
        ways = policy.get("egress", [])
        assert all(rule["to"] and rule["ports"] for rule in ways)
        if name in PROCESSES:
            to_servers = [rule for rule in ways if "podSelector" not in rule["to"][0]]
            assert len(to_servers) == len(servers_of(name))


def test_a_service_without_redis_has_no_way_to_it() -> None:
    assert {name for name in PROCESSES if "redis" in servers_of(name)} == {"seating", "gateway"}
    assert set(SERVERS.values()) == {"mongo", "rabbitmq", "redis"}


def answer_seconds() -> int:
    """How long the server waits for requests under way, as its code gives it to uvicorn."""
    tree = ast.parse(Path(server.__file__).read_text())
    (given,) = (
        keyword.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "timeout_graceful_shutdown"
    )
    return int(given.value if isinstance(given, ast.Constant) else vars(server)[ast.unparse(given)])  # type: ignore[arg-type]


def test_the_grace_is_longer_than_the_drain(deployments: list[Object]) -> None:
    for each in deployments:
        pause = container(each)["lifecycle"]["preStop"]["sleep"]["seconds"]
        drain = answer_seconds() + broker.FINISH_SECONDS + CLOSING_SECONDS
        assert pause >= 5
        assert each["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > pause + drain
