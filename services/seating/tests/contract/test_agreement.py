"""Whatever is called in whatever order, the fake and Redis give the same answers, with the real use cases over both."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from services.seating.tests.contract.conftest import Fake, Real, Subject
from services.seating.tests.factories import a_cancellation, a_sale, a_user
from services.seating.tests.harness import Harness
from tests.factories import a_snapshot

from chassis.problems import Problem
from contracts.ids import HoldId, new_hold_id, new_suffix
from contracts.sale import Sale
from seating.domain import Showtime
from seating.usecases.holding import HoldRequest
from seating.usecases.use_cases import UseCases

USERS = [a_user(), a_user()]
SEATS = ["A1", "A2", "A3", "A4"]
NEVER_EARLY = [{"hours_before": 0, "share": 1}]
Outcome = tuple[Any, ...]


@dataclass
class Side:
    """One of the two, with its use cases."""

    subject: Subject
    use_cases: UseCases

    @classmethod
    async def of(cls, subject: Subject, showtime: Showtime) -> "Side":
        use_cases = UseCases.of(subject.ports)
        await use_cases.scheduling.follow(showtime.snapshot)
        return cls(subject, use_cases)

    async def outcome(self, step: "Step") -> Outcome:
        try:
            await step.do(self)
        except Problem as problem:
            return (type(problem).__name__, problem.members)
        return ()

    async def shown(self, showtime: Showtime, holds: Mapping[HoldId, str]) -> Outcome:
        """Seats, holds and verdicts, as far as a guest or the ledger tells."""
        seats = await self.subject.ports.seat_holds.read(showtime.id)
        ledger = await self.subject.ports.ledgers.read(showtime.id)
        assert ledger is not None
        statuses = {hold_id: await self._status(user, hold_id) for hold_id, user in holds.items()}
        verdicts = {booking: (verdict.outcome, verdict.reason) for booking, verdict in ledger.verdicts.items()}
        return seats.letters, statuses, verdicts, ledger.sold, sorted(ledger.checkouts)

    async def _status(self, user: str, hold_id: HoldId) -> tuple[Any, ...]:
        try:
            hold = await self.use_cases.holding.find(user, hold_id)
        except Problem as problem:
            return (problem.code,)
        return hold.status, hold.seat_ids, hold.refreshes, hold.in_checkout


@dataclass(frozen=True)
class Step:
    """Something to be done on both sides."""

    name: str
    do: Callable[[Side], Awaitable[Any]]

    def __repr__(self) -> str:
        return self.name


class Play:
    """A showtime, the holds that may be made of it, and what can be done to them."""

    def __init__(self, *, forbids_single_seats: bool) -> None:
        layout = {"rows": 1, "cols": 4, "accessible": ["A1"]}
        stages = [] if forbids_single_seats else NEVER_EARLY  # so that no two suggestions are as near
        theater = {"forbids_single_seats": forbids_single_seats, "accessible_release": stages}
        snapshot = a_snapshot(layout=layout, theater=theater)
        self.showtime = Showtime.of(snapshot)
        self.seeds = [new_suffix() for _ in range(4)]
        self.holds = {new_hold_id(snapshot.showtime_id, seed): USERS[at % 2] for at, seed in enumerate(self.seeds)}

    def step(self, data: st.DataObject) -> Step:
        number = data.draw(st.integers(0, len(self.seeds) - 1))
        hold_id, user = list(self.holds.items())[number]
        seats = data.draw(st.lists(st.sampled_from(SEATS), min_size=1, max_size=2, unique=True).map(sorted))
        request = HoldRequest(self.showtime.id, seats, id_seed=self.seeds[number])
        by_staff = replace(request, staff_of=None)
        steps: dict[str, Callable[[Side], Awaitable[Any]]] = {
            f"hold {seats}": lambda side: side.use_cases.holding.hold(user, request),
            f"hold {seats} as staff": lambda side: side.use_cases.holding.hold(user, by_staff),
            "refresh": lambda side: side.use_cases.holding.refresh(user, hold_id),
            "check out": lambda side: side.use_cases.checkouts.begin(user, hold_id),
            "release": lambda side: side.use_cases.holding.release(user, hold_id),
            f"pay for {seats}": lambda side: side.use_cases.sales.sell(self.sale(hold_id, seats)),
            f"cancel {seats}": lambda side: side.use_cases.sales.cancel(a_cancellation(self.sale(hold_id, seats))),
            "lose all": lambda side: side.subject.lose(),
            "tell_all": lambda side: side.subject.ports.seat_holds.tell_all(self.showtime),
        }
        name = data.draw(st.sampled_from(sorted(steps)))
        return Step(f"{name} by {number}", steps[name])

    def sale(self, hold_id: HoldId, seats: list[str]) -> Sale:
        return a_sale(self.showtime.snapshot, self.holds[hold_id], *seats, hold_id=hold_id)


@pytest.mark.parametrize("forbids_single_seats", [False, True])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
async def test_the_fake_and_redis_agree(harness: Harness, data: st.DataObject, *, forbids_single_seats: bool) -> None:
    play = Play(forbids_single_seats=forbids_single_seats)
    sides = [await Side.of(subject, play.showtime) for subject in (Fake(600), Real(harness))]
    for _ in range(data.draw(st.integers(1, 12))):
        step = play.step(data)
        outcomes = [await side.outcome(step) for side in sides]
        assert outcomes[0] == outcomes[1], step
        shown = [await side.shown(play.showtime, play.holds) for side in sides]
        assert shown[0] == shown[1], step
