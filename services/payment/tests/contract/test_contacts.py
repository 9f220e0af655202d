"""What orders expect of identity: the fake, and the call under one suite."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from services.payment.tests.fakes import FakeContacts
from services.payment.tests.integration.harness import SIGNER, Neighbours, standing_in

from chassis.calls import Peer, client
from chassis.problems import NotAuthenticated
from chassis.replicas import Replicas
from payment.contacts import HttpContacts
from payment.usecases.ports import Contacts

MAIL: dict[str, Any] = {"email": "a@example.com", "phone": None}
PHONE: dict[str, Any] = {"email": None, "phone": "+919876543210", "phoneVerified": True}
NOTHING: list[dict[str, Any]] = [
    {"email": None, "phone": None, "phoneVerified": False},
    {**PHONE, "phoneVerified": False},
]


TOKENS = [SIGNER.token(f"usr_{n}") for n in range(4)]


@pytest.fixture(params=["fake", "identity"])
async def contacts(request: pytest.FixtureRequest) -> AsyncIterator[Contacts]:
    users = {f"usr_{n}": user for n, user in enumerate([MAIL, PHONE, *NOTHING])}
    if request.param == "fake":
        yield FakeContacts(set(TOKENS[:2]))
        return
    async with standing_in(Neighbours(users=users)) as neighbours, client() as http:
        yield HttpContacts(Peer(http, Replicas(neighbours.url)))


async def test_a_ticket_goes_to_an_address_or_a_verified_phone(contacts: Contacts) -> None:
    known = [await contacts.has_contact(token) for token in TOKENS]
    assert known == [True, True, False, False]


async def test_who_is_signed_out_is_told_so() -> None:
    async with standing_in(Neighbours()) as neighbours, client() as http:
        with pytest.raises(NotAuthenticated):
            await HttpContacts(Peer(http, Replicas(neighbours.url))).has_contact(SIGNER.token("usr_9"))
