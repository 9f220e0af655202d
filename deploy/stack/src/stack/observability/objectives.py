"""Service level objectives, and Prometheus' rules that follow from them: error ratios over seven windows, and two
alerts each that compare a long and a short window (Google's *SRE Workbook*, chapter 5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
LEAST_RATE = 0.005
"""Events a second, below which a ratio says nothing: 18 an hour, of which one that fails is 5 %."""
_STEPS = "/api/seats/hold|/api/seats/best-available|/api/payments/create-order|/api/payments/create-intent"
_SALE = f'job="gateway",method="POST",route=~"{_STEPS}|/api/bookings/confirm"'
_HOLD = 'job="gateway",method="POST",route=~"/api/seats/hold|/api/seats/best-available"'
_WEBHOOK = 'job="gateway",method="POST",route="/api/payments/webhook"'


@dataclass(frozen=True, slots=True)
class Objective:
    """`bad` and `events` are rates a second over `{window}`; so many events of a hundred must be good in 30 days.

    `name` stands in the label `slo` and, in capitals, in the alerts.
    """

    name: str
    goal: float
    says: str
    bad: str
    events: str
    runbook: str

    @property
    def budget(self) -> float:
        """The share of events that may be bad."""
        return round(1 - self.goal / 100, 6)


def _share_slower(metric: str, selector: str, seconds: str) -> str:
    """How many a second took longer than a bound of the histogram."""
    return (
        f"sum(rate({metric}_count{{{selector}}}[{{window}}]))"
        f' - sum(rate({metric}_bucket{{{selector},le="{seconds}"}}[{{window}}]))'
    )


def _failed(selector: str) -> str:
    """How many a second were answered with 5xx or not at all, 0 where none was."""
    return f'(sum(rate(marquee_http_requests_total{{{selector},status=~"5..|0"}}[{{window}}])) or vector(0))'


def _requests(selector: str) -> str:
    return f"sum(rate(marquee_http_requests_total{{{selector}}}[{{window}}]))"


OBJECTIVES = (
    Objective(
        name="sale",
        goal=99.9,
        says="calls of a sale (hold, pay, confirm) that are answered, not refused by a fault of ours",
        bad=_failed(_SALE),
        events=_requests(_SALE),
        runbook="sales-that-fail.md#sales-fail",
    ),
    Objective(
        name="hold",
        goal=99.0,
        says="holds that are answered within 250 ms at the gateway",
        bad=_share_slower("marquee_http_request_seconds", _HOLD, "0.25"),
        events=f"sum(rate(marquee_http_request_seconds_count{{{_HOLD}}}[{{window}}]))",
        runbook="sales-that-fail.md#holds-are-slow",
    ),
    Objective(
        name="ticket",
        goal=99.0,
        says="tickets that a mail server or carrier has taken within 30 s of the sale",
        bad=_share_slower("marquee_ticket_seconds", 'job="notify"', "30.0"),
        events='sum(rate(marquee_ticket_seconds_count{job="notify"}[{window}]))',
        runbook="mail-that-does-not-arrive.md#tickets-are-late",
    ),
    Objective(
        name="webhook",
        goal=99.9,
        says="webhooks of payment providers that are answered within 5 s, and not with 5xx",
        bad=_failed(_WEBHOOK),
        events=_requests(_WEBHOOK),
        runbook="sales-that-fail.md#webhooks-are-not-answered",
    ),
)


def rules() -> dict[str, Any]:
    """The rule file: for each objective a group of recorded ratios and alerts."""
    return {
        "groups": [{"name": f"slo-{each.name}", "rules": [*_recorded(each), *_alerts(each)]} for each in OBJECTIVES]
    }


def _recorded(objective: Objective) -> Iterator[dict[str, Any]]:
    for window in WINDOWS:
        bad, events = (expression.replace("{window}", window) for expression in (objective.bad, objective.events))
        yield {
            "record": f"marquee:slo_errors:ratio_rate{window}",
            "expr": f"({bad}) / ({events} > 0)",
            "labels": {"slo": objective.name},
        }
    for window in ("1h", "6h"):
        events = objective.events.replace("{window}", window)
        yield {"record": f"marquee:slo_events:rate{window}", "expr": events, "labels": {"slo": objective.name}}


def _alerts(objective: Objective) -> Iterator[dict[str, Any]]:
    name = objective.name.capitalize()
    yield _burn_rule(
        objective, f"{name}BudgetBurnsFast", "page", (("1h", "5m", 14.4), ("6h", "30m", 6.0)), "2 % in an hour"
    )
    yield _burn_rule(objective, f"{name}BudgetBurns", "ticket", (("1d", "2h", 3.0), ("3d", "6h", 1.0)), "10 % in a day")


def _burn_rule(
    objective: Objective, named: str, severity: str, pairs: tuple[tuple[str, str, float], ...], pace: str
) -> dict[str, Any]:
    """An alert that fires while a long and a short window of a pair both burn the budget so many times too fast."""
    selector = f'{{slo="{objective.name}"}}'
    burns = " or ".join(
        f"(marquee:slo_errors:ratio_rate{long}{selector} > {round(factor * objective.budget, 6)}"
        f" and marquee:slo_errors:ratio_rate{short}{selector} > {round(factor * objective.budget, 6)})"
        for long, short, factor in pairs
    )
    enough = f"marquee:slo_events:rate{'1h' if severity == 'page' else '6h'}{selector} > {LEAST_RATE}"
    return {
        "alert": named,
        "expr": f"({burns}) and {enough}",
        "labels": {"severity": severity},
        "annotations": {
            "summary": f"Too few {objective.says}: the goal is {objective.goal:g} % in 30 days",
            "description": f"Now {{{{ $value | humanizePercentage }}}} are bad; at {pace} of the budget this is seen.",
            "runbook_url": f"docs/runbooks/{objective.runbook}",
        },
    }
