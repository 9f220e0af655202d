"""Rules and dashboards: valid to Prometheus, made from code, about metrics there are; each alert has its page."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import booking.metrics
import gateway.live.hub
import notify.attachments
import notify.store
import notify.usecases
import notify.webhooks.sending
import payment.metrics
import seating.watch
from stack import install
from stack.observability.__main__ import CHART, ROOT, files
from stack.observability.dashboards import DASHBOARDS
from stack.observability.scaling import scaled

HERE = Path(__file__).parent
RUNBOOKS = ROOT / "docs" / "runbooks"
BY_HAND = {"README", "counter", "rolling-restart", "rotating-signing-keys", "sms-that-does-not-arrive", "stripe"}
"""Pages that no alert names: what is done by hand, and those that other pages lead to."""
OF_PROMETHEUS = {"job", "instance", "le", "slo", "alertname"}
TESTS = sorted(HERE.glob("*.test.yml"))
RULES = sorted((ROOT / CHART / "rules").glob("*.yml"))
OWNERS = (booking.metrics, gateway.live.hub, notify.attachments, notify.store, notify.usecases, payment.metrics)
IMPORTED = (*OWNERS, notify.webhooks.sending, seating.watch)  # their metrics are in the registry now
METRIC = re.compile(r"\b(?P<name>(?:marquee|process)_\w+)(?:\{(?P<selector>[^}]*)\})?")
GROUPING = re.compile(r"\bby \((?P<labels>[^)]*)\)")


@pytest.fixture(scope="session")
def promtool() -> str:
    """Debian's, installed where it is missing."""
    install.ensure(install.PROMETHEUS)
    return str(shutil.which("promtool"))


def all_rules() -> Iterator[dict[str, Any]]:
    for path in RULES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


ALERTS = {rule["alert"]: rule for rule in all_rules() if "alert" in rule}
EXPRESSIONS = [
    *(rule["expr"] for rule in all_rules()),
    *(expression for dashboard in DASHBOARDS for expression in dashboard.expressions),
]


def labels_of_metrics() -> dict[str, set[str]]:
    """By the name of each series that a process of ours exposes, its labels."""
    collectors = REGISTRY._names_to_collectors.items()
    return {name: set(getattr(collector, "_labelnames", ())) for name, collector in collectors}


def complaints(expression: str) -> Iterator[str]:
    """Metrics that nobody exposes, and labels that they do not have."""
    known, seen = labels_of_metrics(), set[str]()
    for match in METRIC.finditer(expression):
        if match["name"] not in known:
            yield f"{match['name']}: no such metric"
            continue
        labels = known[match["name"]]
        seen |= labels
        wanted = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", match["selector"] or ""))
        yield from (f"{match['name']} has no label {label}" for label in wanted - labels - OF_PROMETHEUS)
    for grouping in GROUPING.finditer(expression):
        labels = {label.strip() for label in grouping["labels"].split(",")}
        yield from (f"nothing here has a label {label}" for label in labels - seen - OF_PROMETHEUS)


def test_complaints_are_made_of_what_is_not_there() -> None:
    assert list(complaints("sum(marquee_nothing)")) == ["marquee_nothing: no such metric"]
    assert list(complaints('marquee_open_cases{color="red"}')) == ["marquee_open_cases has no label color"]
    assert list(complaints("max by (color) (marquee_open_cases)")) == ["nothing here has a label color"]


def test_rules_and_dashboards_are_about_metrics_and_labels_that_processes_expose() -> None:
    assert len(EXPRESSIONS) > 150
    assert {f"{complaint} in {each}" for each in EXPRESSIONS for complaint in complaints(each)} == set()


def test_files_made_from_code_are_as_the_code_makes_them() -> None:
    stale = [str(path) for path, text in files().items() if (ROOT / path).read_text(encoding="utf-8") != text]
    assert stale == [], "`make observability` makes them anew"
    made = {path.name for path in files() if path.suffix == ".json"}
    assert {path.name for path in (ROOT / CHART / "dashboards").iterdir()} == made


def test_prometheus_takes_the_rules_and_its_own_tests_of_them_pass(promtool: str, tmp_path: Path) -> None:
    for path in (*RULES, *TESTS):
        shutil.copy(path, tmp_path)
    for verb, names in (("check", [path.name for path in RULES]), ("test", [path.name for path in TESTS])):
        done = subprocess.run(
            [promtool, verb, "rules", *names], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_every_query_of_the_dashboards(promtool: str, tmp_path: Path) -> None:
    queries = [expression for dashboard in DASHBOARDS for expression in dashboard.expressions]
    rules = [{"record": f"marquee:query_{number}", "expr": query} for number, query in enumerate(queries)]
    (tmp_path / "queries.yml").write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    done = subprocess.run(
        [promtool, "check", "rules", "queries.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert f"{len(queries)} rules found" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_it_is_and_leads_to_commands(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    page, _, anchor = rule["annotations"]["runbook_url"].removeprefix("docs/runbooks/").partition("#")
    section = sections_of(RUNBOOKS / page)[anchor]
    assert f"`{alert}`" in section, "the section names its alert"
    assert "```sh" in section, "the section has commands"
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"]


def test_every_runbook_is_named_by_an_alert_or_done_by_hand_and_listed() -> None:
    named = {Path(rule["annotations"]["runbook_url"].partition("#")[0]).stem for rule in ALERTS.values()}
    pages = {path.stem for path in RUNBOOKS.glob("*.md")}
    assert pages == named | BY_HAND
    listed = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert [page for page in pages - {"README"} if f"({page}.md)" not in listed] == []


def sections_of(page: Path) -> dict[str, str]:
    """By their anchors, as a page of Markdown makes them."""
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-"): text
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_shorter_times_leave_an_expression_as_it_is() -> None:
    rule = {"alert": "X", "expr": "rate(a[1h]) > 60 and b offset 2h > 1 and c[5m]", "for": "5m"}
    assert scaled(rule, 60) == {"alert": "X", "expr": "rate(a[60s]) > 60 and b offset 120s > 1 and c[12s]", "for": "5s"}
