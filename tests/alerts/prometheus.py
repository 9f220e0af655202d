"""Prometheus on a running stack: it reads each process every three seconds, by the chart's rules in shorter times."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from tests.conftest import Stack

from stack import install
from stack.calls import NoAnswerError, answers, call
from stack.observability.__main__ import CHART, ROOT
from stack.observability.scaling import scaled
from stack.ports import PortClaims
from stack.processes import Child

DIVISORS = {"objectives.yml": 720, "stuck.yml": 60}
"""An hour is five seconds in the objectives, whose windows reach over days, and a minute in what is stuck."""
SCRAPED_EVERY = "3s"
"""A gateway that waits for a service that hangs answers after 1.9 s; no process takes longer."""


class Prometheus:
    """One server; `follow` tells it where processes are now."""

    def __init__(self, folder: Path, stack: Stack) -> None:
        self._folder, self._stack = folder, stack
        self._ports = PortClaims()
        self._port = self._ports.claim()
        self.url = f"http://127.0.0.1:{self._port}"
        self._child: Child | None = None

    def start(self) -> None:
        """Raises `StartError`."""
        install.ensure(install.PROMETHEUS)
        for name, divisor in DIVISORS.items():
            rules = yaml.safe_load((ROOT / CHART / "rules" / name).read_text(encoding="utf-8"))
            for group in rules["groups"]:
                group["rules"] = [scaled(rule, divisor) for rule in group["rules"]]
            (self._folder / name).write_text(json.dumps(rules))
        self.follow()
        config = {
            "global": {"scrape_interval": SCRAPED_EVERY, "scrape_timeout": SCRAPED_EVERY, "evaluation_interval": "1s"},
            "rule_files": [str(self._folder / name) for name in DIVISORS],
            "scrape_configs": [
                {"job_name": "marquee", "file_sd_configs": [{"files": [str(self._folder / "targets.json")]}]}
            ],
        }
        (self._folder / "prometheus.yml").write_text(json.dumps(config))
        argv = [install.PROMETHEUS.path, f"--config.file={self._folder / 'prometheus.yml'}"]
        argv += [f"--storage.tsdb.path={self._folder / 'data'}", f"--web.listen-address=127.0.0.1:{self._port}"]
        self._child = Child("prometheus", argv, log=self._folder / "prometheus.log", env=os.environ)
        self._child.wait_until(lambda: answers(f"{self.url}/-/ready"), 60)

    def follow(self) -> None:
        """Processes keep their addresses when they are started again; a stack that is started anew does not."""
        services: Mapping[str, Any] = self._stack.stack_info["services"]
        targets = [
            {"labels": {"job": service}, "targets": [replica["url"].removeprefix("http://") for replica in replicas]}
            for service, replicas in services.items()
        ]
        (self._folder / "targets.json").write_text(json.dumps(targets))

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()
        self._ports.release()

    def firing(self) -> list[dict[str, str]]:
        """The labels of each alert that fires now."""
        try:
            alerts = call("GET", f"{self.url}/api/v1/alerts", seconds=5).json["data"]["alerts"]
        except NoAnswerError:
            return []
        return [alert["labels"] for alert in alerts if alert["state"] == "firing"]

    def query(self, expression: str) -> dict[str, Any]:
        """The answer of Prometheus' API to a query."""
        done: dict[str, Any] = call("GET", f"{self.url}/api/v1/query?query={quote(expression)}", seconds=10).json
        return done

    def last_read(self, job: str) -> float:
        """When the metrics of a job's processes were read last, in seconds of Prometheus' clock; 0 before that."""
        found = self.query(f'max(timestamp(up{{job="{job}"}}))')["data"]["result"]
        return float(found[0]["value"][1]) if found else 0.0
