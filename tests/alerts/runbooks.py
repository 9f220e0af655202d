"""The commands of a runbook's section, run as a person would run them on the machine of the stack."""

import re
import subprocess
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml
from tests.conftest import Stack

from stack.observability.__main__ import CHART, ROOT

_BLOCK = re.compile(r"^```sh(?: (?P<case>\w+))?\n(?P<commands>.*?)^```", re.MULTILINE | re.DOTALL)


def section_of(alert: str) -> str:
    """The text of the section that the alert's `runbook_url` names."""
    page, _, anchor = _url_of(alert).partition("#")
    parts = re.split(r"^## (.+)$", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in parts[1::2]]
    return parts[2::2][anchors.index(anchor)]


def _url_of(alert: str) -> str:
    for path in (ROOT / CHART / "rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                if rule.get("alert") == alert:
                    return str(rule["annotations"]["runbook_url"])
    raise LookupError(f"no rule is called {alert}")


def commands_of(alert: str, case: str = "") -> str:
    """Its blocks without a word of their own, or those with that word."""
    return "".join(block["commands"] for block in _BLOCK.finditer(section_of(alert)) if (block["case"] or "") == case)


def follow(stack: Stack, alert: str, case: str = "", **words: str) -> str:
    """Run them with what steps before have shown; what they print. The last one must succeed."""
    environment = {**stack.environment, **_settings(stack.stack_info), **words}
    done = subprocess.run(
        ["bash", "-c", commands_of(alert, case)],  # noqa: S607  the machine's
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=420,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _settings(stack_info: Mapping[str, Any]) -> dict[str, str]:
    """What the pages call by the names of settings."""
    management = urlsplit(stack_info["servers"]["rabbitmq"]["management"])
    keys = stack_info["keys"]["razorpay"]
    return {
        "REDIS_URL": stack_info["servers"]["redis"]["url"],
        "RABBITMQ_MANAGEMENT_URL": management.geturl(),
        "RAZORPAY_KEY_ID": keys["keyId"],
        "RAZORPAY_KEY_SECRET": keys["keySecret"],
        "RAZORPAY_BASE_URL": stack_info["simulators"]["razorpay"],
    }
