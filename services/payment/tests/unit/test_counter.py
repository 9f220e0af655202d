"""A sale at the counter beside money that comes online: whatever comes in between, one of them pays."""

from dataclasses import dataclass, replace

import pytest
from services.payment.tests.factories import THEATER
from services.payment.tests.unit.story import Story

from contracts.ids import UserId
from contracts.sale import Sale
from payment.domain import CounterTerms
from payment.errors import HoldSold
from payment.usecases.counter import Counter


@dataclass
class PaidMeanwhile:
    """The port `Holds`, at which the hold's order is paid and settled before it answers."""

    story: Story
    order_id: str

    async def checkout(self, hold_id: str, token: str) -> Sale:
        """The money comes after the caller has looked for it."""
        await self.story.confirm(self.order_id, self.story.provider.pay(self.order_id))
        return self.story.sale


async def test_money_that_comes_between_the_look_and_the_write_is_seen_by_the_write(story: Story) -> None:
    holds = PaidMeanwhile(story, await story.order())
    counter = Counter(story.payments, story.use_cases.recorder, holds)
    caller = replace(story.caller, grants={str(THEATER): frozenset({"staff"})})
    terms = CounterTerms(tender="cash", sold_by=UserId(caller.user_id))
    with pytest.raises(HoldSold):
        await counter.sell(story.sale.hold_id, terms, caller)
    facts = (await story.payment()).facts
    assert [capture.provider for capture in facts.captures] == ["fake"]
    assert [order.provider for order in facts.orders] == ["fake"]
    assert story.said().count("payment.succeeded.v1") == 1
