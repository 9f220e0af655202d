"""What every container of `docker-compose.yml` is held to, without starting one."""

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings
from ruamel.yaml import YAML

from chassis import broker, due
from chassis.server import ANSWER_SECONDS
from stack import secrets
from stack.options import COPIED

ROOT = Path(__file__).parents[2]
CONTAINERS: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
OFFLINE: dict[str, Any] = YAML(typ="safe").load(ROOT / "deploy/compose/offline.yml")["services"]
SERVERS = ("mongo", "redis", "rabbitmq")
_FLUSH_SECONDS = 10  # for what is beside requests, and the outbox


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_can_do_no_more_than_it_must(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"]
    assert container["cap_drop"] == ["ALL"]
    assert not container.get("cap_add")
    assert not container.get("privileged")
    assert "no-new-privileges:true" in container["security_opt"]
    assert re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", container["user"])
    assert "/tmp" in container["tmpfs"]  # noqa: S108  the container's own, in memory


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_bounded_watched_and_started_again(name: str) -> None:
    container = CONTAINERS[name]
    assert re.fullmatch(r"\d+[mg]", container["mem_limit"])
    assert {"max-size", "max-file"} <= container["logging"]["options"].keys()
    assert container["restart"] == "unless-stopped"
    assert "healthcheck" in container or ("build" in container and "\nHEALTHCHECK" in DOCKERFILE)


@pytest.mark.parametrize("name", [*COPIED, *SERVERS])
def test_a_process_may_end_in_its_own_time(name: str) -> None:
    """What Docker kills before loses calls and work under way; what ends sooner is waited for no longer."""
    drained = 60 if name == "gateway" else 0  # the most that DRAIN_SECONDS may be; services need none
    grace = int(CONTAINERS[name]["stop_grace_period"].removesuffix("s"))
    assert grace >= drained + ANSWER_SECONDS + broker.FINISH_SECONDS + due.FINISH_SECONDS + _FLUSH_SECONDS


def test_images_are_named_by_their_version_and_labelled() -> None:
    for name in CONTAINERS.keys() - {*SERVERS}:
        container = CONTAINERS[name]
        assert container["image"].endswith(":${VERSION:-unreleased}")
        assert {"SERVICE", "VERSION", "REVISION"} == container["build"]["args"].keys()
        assert container["image"].startswith(f"marquee-{container['build']['args']['SERVICE']}:")
    for label in ("title", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in DOCKERFILE


def test_ports_but_the_gateways_are_open_to_this_machine_alone() -> None:
    for name in CONTAINERS.keys() - {"gateway"}:
        assert all(port.startswith("127.0.0.1:") for port in CONTAINERS[name].get("ports", [])), name


def test_offline_every_image_is_built() -> None:
    assert OFFLINE.keys() == CONTAINERS.keys()
    assert all("BASE" in container["build"]["args"] for container in OFFLINE.values())


@pytest.mark.parametrize("service", COPIED)
def test_a_service_is_given_what_it_cannot_start_without(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = secrets.load(tmp_path, {})
    settings: type[BaseSettings] = import_module(f"{service}.settings").Settings
    given = {name: value_of(str(value), known) for name, value in CONTAINERS[service]["environment"].items()}
    for name in (*given, *(field.upper() for field in settings.model_fields)):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings()


def value_of(text: str, known: Mapping[str, str]) -> str:
    """As compose fills it in where `.env` has the secrets alone."""
    required = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda name: known.get(name[1], "x"), text)
    return re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", required)
