"""What the Helm chart has from the code: who calls whom and reads what (`design.json`), and which values it takes."""

from collections.abc import Mapping
from typing import Any

from stack.documents.schemas import Schema
from stack.documents.settings import PROCESSES, Setting, calls_of, queues_of, servers_of, settings_of

OF_THE_CHART = frozenset({"HOST", "PORT", "ROLE", "WEB_DIR", "DEV_PAGE", "STACK_FILE"})
"""What the image or the chart says, and pages of the local stack alone."""
_TEXT: Schema = {"type": "string"}
_SIZE: Schema = {"type": "integer", "minimum": 1}
_NAMED: Schema = {"type": "string", "minLength": 1}
_LABELS: Schema = {"type": "object", "additionalProperties": _TEXT}
_PEERS: Schema = {"type": "array", "items": {"type": "object", "minProperties": 1}}
_PORTS: Schema = {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1, "maximum": 65_535}}


def design() -> Schema:
    """Of each service: whom it calls, what else it connects to, the queues of its workers, the settings it reads."""
    return {
        service: {
            "calls": calls_of(service),
            "servers": servers_of(service),
            "queues": queues_of(service),
            "settings": sorted(_open_settings(service)),
        }
        for service in PROCESSES
    }


def values_schema() -> Schema:
    """The JSON Schema of the chart's values: a setting that no service reads, or a secret among them, is refused."""
    every = {name: schema for service in PROCESSES for name, schema in _open_settings(service).items()}
    every |= {"PUBLIC_URL": {"type": "string", "pattern": "^https?://[^/]+$"}}
    servers = sorted({server for service in PROCESSES for server in servers_of(service)})
    server = _closed({"ports": _PORTS, "to": {**_PEERS, "minItems": 1}}, required=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Values of the chart marquee",
        "description": "Made by `make schemas` from the settings of the services; do not edit.",
        **_closed(
            {
                "settings": {**_closed(every), "required": ["PUBLIC_URL"]},
                "services": _closed({service: _service(service) for service in PROCESSES}, required=True),
                "servers": _closed(dict.fromkeys(servers, server), required=True),
                **_of_the_cluster(),
            },
            required=True,
        ),
    }


def _of_the_cluster() -> dict[str, Schema]:
    either = {"enum": ["ScheduleAnyway", "DoNotSchedule"]}
    on = {"type": "boolean"}
    digest = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
    api = {"enabled": on, "processor": {"type": "string", "pattern": "^[0-9]+m$"}}
    worker = {"enabled": on, "messages": _SIZE, "virtualHost": _NAMED, "secret": _NAMED}
    ingress = {"enabled": on, "className": _TEXT, "host": _TEXT, "tlsSecret": _TEXT, "annotations": _LABELS}
    boards = _closed({"enabled": on, "labels": _LABELS})
    image = {
        "registry": {"type": "string", "pattern": "^$|[^/]$"},
        "tag": _TEXT,
        "digests": _closed(dict.fromkeys(PROCESSES, digest)),
        "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
        "pullSecrets": {"type": "array", "items": _closed({"name": _NAMED})},
    }
    return {
        "image": _closed(image),
        "resources": {"type": "object"},
        "autoscaling": _closed({"api": _closed(api), "worker": _closed(worker)}),
        "drain": _closed({"preStopSeconds": _SIZE, "graceSeconds": _SIZE}),
        "spread": _closed({"zones": either, "nodes": either}),
        "network": _closed(
            {
                "enabled": on,
                "ingress": _PEERS,
                "monitoring": _PEERS,
                "dns": {**_PEERS, "minItems": 1},
                "traces": _closed({"ports": _PORTS, "to": _PEERS}),
            }
        ),
        "ingress": {
            **_closed(ingress),
            "if": {"properties": {"enabled": {"const": True}}},
            "then": {"properties": {"host": _NAMED, "tlsSecret": _NAMED}},
        },
        "monitoring": _closed(
            {"enabled": on, "interval": _TEXT, "scrapeTimeout": _TEXT, "labels": _LABELS, "dashboards": boards}
        ),
        "priorityClassName": _TEXT,
        "nodeSelector": _LABELS,
        "tolerations": {"type": "array", "items": {"type": "object"}},
    }


def _service(service: str) -> Schema:
    size = {"replicas": _SIZE, "maximum": _SIZE, "resources": {"type": "object"}}
    role = {**_closed(size), "required": ["replicas", "maximum"]}
    named = {"secret": _NAMED, "secrets": _secrets(service), "settings": _closed(_open_settings(service))}
    return _closed({**named, "api": role, **({"worker": role} if queues_of(service) else {})}, required=True)


def _secrets(service: str) -> Schema:
    read = {name: each for name, each in settings_of(service).items() if name not in _fixed(service)}
    needs = {
        name: ["required"] if each.is_required else ["required", "optional", "absent"] for name, each in read.items()
    }
    schema = _closed({name: {"enum": need} for name, need in needs.items()})
    return {**schema, "required": [name for name, each in read.items() if each.is_required]}


def _open_settings(service: str) -> dict[str, Schema]:
    """The settings that are no secret and not the chart's own, as a file of values has them."""
    read = settings_of(service)
    return {name: _value(each) for name, each in read.items() if not each.is_secret and name not in _fixed(service)}


def _fixed(service: str) -> frozenset[str]:
    return OF_THE_CHART | {f"{other.upper()}_URL" for other in (*calls_of(service), service)}


def _value(setting: Setting) -> Schema:
    """Lists and maps are JSON, as the environment has them."""
    schema = next((each for each in setting.schema.get("anyOf", ()) if each["type"] != "null"), setting.schema)
    described = {"description": setting.meaning} if setting.meaning else {}
    return {**(_TEXT if schema["type"] in {"array", "object"} else schema), **described}


def _closed(properties: Mapping[str, Any], *, required: bool = False) -> Schema:
    """An object of these members and no others."""
    every = {"required": list(properties)} if required else {}
    return {"type": "object", "additionalProperties": False, "properties": dict(properties), **every}
