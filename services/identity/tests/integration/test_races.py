"""What happens while a session is being opened."""

import asyncio

import pytest
from services.identity.tests.conftest import ME, Running
from services.identity.tests.factories import PASSWORD, a_login

from chassis.calls import Peer, client
from chassis.process import process
from chassis.replicas import Replicas
from chassis.settings import load
from identity.assembly import assemble
from identity.bookings import Bookings
from identity.domain import Device
from identity.errors import InvalidCredentials
from identity.settings import Settings
from identity.usecases.sessions import SignedIn

ROUNDS = 8


async def test_a_password_that_is_changed_while_somebody_signs_in_with_it_opens_no_session(identity: Running) -> None:
    account, settings = await identity.register(), load(Settings)
    async with process(settings, "identity") as resources, client() as http:
        use_cases = await assemble(settings, resources, Bookings(Peer(http, Replicas(settings.booking_url))))
        known = await use_cases.sessions.user_with("a@example.com", PASSWORD)
        _, answer = await identity.call("GET", f"{ME}/sessions", token=account.access_token)
        (own,) = [each["id"] for each in answer["items"]]
        await use_cases.password_changes.change(account.id, own, PASSWORD, "password 0 of ours")
        with pytest.raises(InvalidCredentials):
            await use_cases.sessions.open(known, Device(), known.password_hash)
        for number in range(1, ROUNDS):
            before = f"password {number - 1} of ours"
            known = await use_cases.sessions.user_with("a@example.com", before)
            opening = (use_cases.sessions.open(known, Device(), known.password_hash) for _ in range(3))
            change = use_cases.password_changes.change(account.id, own, before, f"password {number} of ours")
            outcomes = await asyncio.gather(change, *opening, return_exceptions=True)
            assert outcomes[0] is None
            assert all(isinstance(each, SignedIn | InvalidCredentials) for each in outcomes[1:])
            _, answer = await identity.call("GET", f"{ME}/sessions", token=account.access_token)
            assert [each["id"] for each in answer["items"]] == [own]
    assert await identity.login(a_login(password=f"password {ROUNDS - 1} of ours"))
