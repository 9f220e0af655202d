"""HTTP in: what past sales would have brought by other pricing rules."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StringConstraints, model_validator

from booking.domain.backtest import Backtest, RuleOutcome, Takings
from booking.errors import ShowtimeNotFound
from booking.reports.api import InCurrency, ManagerDep
from booking.reports.backtesting import Backtesting, Scope
from booking.reports.errors import MixedCurrencies, ScreenNotFound
from booking.reports.reading import Span
from booking.reports.rule_bodies import ProposedRules
from chassis.bodies import JsonRoute, RequestBody, ResponseBody, json_response
from chassis.conditional import TAGGED, etag_of_bytes
from chassis.problems import Forbidden, InvalidInput, answering
from chassis.times import Day
from contracts.money import Currency, MinorUnits

router = APIRouter(prefix="/api/admin/pricing", tags=["admin"], route_class=JsonRoute)
Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Amount = Annotated[int, Field(description="minor units")]


class BacktestScope(RequestBody):
    """Exactly one of a theater, a screen and a showtime."""

    theater_id: Id | None = None
    screen_id: Id | None = None
    showtime_id: Id | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if [self.theater_id, self.screen_id, self.showtime_id].count(None) != 2:
            raise ValueError("exactly one of theaterId, screenId, showtimeId")
        return self

    @property
    def scope(self) -> Scope:
        """Whichever it is."""
        if self.theater_id is not None:
            return Scope("theater", self.theater_id)
        return (
            Scope("screen", self.screen_id) if self.screen_id is not None else Scope("showtime", self.showtime_id or "")
        )


class BacktestRequest(RequestBody):
    """The rules that are proposed, and which sales they are tried on: those of these business days, both included."""

    scope: BacktestScope
    dynamic_pricing_rules: ProposedRules
    from_: Day = Field(alias="from")
    to: Day


class RuleOutcomeView(ResponseBody):
    """On how many tickets a rule fired, and by how much it moved their prices in all."""

    name: str
    tickets: int
    amount: Amount

    @classmethod
    def of(cls, name: str, outcome: RuleOutcome) -> Self:
        return cls(name=name, tickets=outcome.tickets, amount=outcome.amount)


class BacktestDayView(ResponseBody):
    """The tickets that were sold on a business day."""

    date: date
    tickets: int
    revenue: MinorUnits
    proposed: MinorUnits


class BacktestView(ResponseBody):
    """Ticket prices before fees and taxes, without tickets that were cancelled or given away: what they brought, and
    what they would have by the proposed rules. `currency` is null where nothing was sold."""

    currency: Currency | None
    tickets: int
    revenue: MinorUnits
    proposed: MinorUnits
    difference: Amount
    by_rule: list[RuleOutcomeView]
    by_day: list[BacktestDayView]

    @classmethod
    def of(cls, currency: str | None, test: Backtest) -> Self:
        """Days in order."""
        return cls(
            currency=currency,
            **_takings(test.total),
            difference=test.total.proposed - test.total.revenue,
            by_rule=[RuleOutcomeView.of(name, outcome) for name, outcome in test.by_rule.items()],
            by_day=[BacktestDayView(date=day, **_takings(test.by_day[day])) for day in sorted(test.by_day)],
        )


def _takings(takings: Takings) -> dict[str, int]:
    return {"tickets": takings.tickets, "revenue": takings.revenue, "proposed": takings.proposed}


async def _backtesting(request: Request) -> Backtesting:
    backtesting: Backtesting = request.state.backtesting
    return backtesting


@router.post(
    "/backtest",
    summary="What past sales would have brought by other pricing rules",
    response_model=BacktestView,
    responses={200: TAGGED, **answering(ScreenNotFound, ShowtimeNotFound, MixedCurrencies)},
)
async def backtest_pricing(
    body: BacktestRequest,
    caller: ManagerDep,
    backtesting: Annotated[Backtesting, Depends(_backtesting)],
    currency: InCurrency = None,
) -> Response:
    """Each ticket at its base price, at the time of its hold and as full as the screen was then; quantities stay."""
    if body.to < body.from_:
        raise InvalidInput("to", "is before from")
    theater_id = await backtesting.theater_of(body.scope.scope)
    if not caller.has(theater_id, "manager"):
        raise Forbidden("this needs the role manager at that theater")
    span = Span(body.from_, body.to, frozenset({theater_id}), None, currency)
    view = BacktestView.of(*await backtesting.run(body.scope.scope, span, body.dynamic_pricing_rules))
    return json_response(view, headers={"ETag": etag_of_bytes(view.model_dump_json().encode())})
