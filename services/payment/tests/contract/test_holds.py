"""What the use cases expect of seating's holds: the fake, and the call to seating under one suite."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from services.payment.tests.factories import a_sale
from services.payment.tests.fakes import FakeHolds
from services.payment.tests.integration.harness import SIGNER, Neighbours, standing_in

from chassis.calls import Peer, client
from chassis.replicas import Replicas
from contracts.ids import new_id
from contracts.sale import Sale
from payment.errors import HoldNotFound
from payment.seating import HttpHolds
from payment.usecases.ports import Holds


@dataclass(frozen=True, slots=True)
class Subject:
    """Holds under test, with one of a user; `token` is the user's, `stranger` another's."""

    holds: Holds
    sale: Sale
    token: str
    stranger: str


@pytest.fixture(params=["fake", "seating"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    sale = a_sale()
    token, stranger = SIGNER.token(sale.user_id), SIGNER.token(new_id("usr"))
    if request.param == "fake":
        yield Subject(FakeHolds({(sale.hold_id, token): sale}), sale, token, stranger)
        return
    async with standing_in(Neighbours(sales={sale.hold_id: sale})) as neighbours, client() as http:
        yield Subject(HttpHolds(Peer(http, Replicas(neighbours.url))), sale, token, stranger)


async def test_the_owner_gets_the_sale_again_and_again(subject: Subject) -> None:
    for _ in range(2):
        assert await subject.holds.checkout(subject.sale.hold_id, subject.token) == subject.sale


async def test_another_user_and_another_hold_are_not_found(subject: Subject) -> None:
    for hold_id, token in ((subject.sale.hold_id, subject.stranger), (a_sale().hold_id, subject.token)):
        with pytest.raises(HoldNotFound):
            await subject.holds.checkout(hold_id, token)
