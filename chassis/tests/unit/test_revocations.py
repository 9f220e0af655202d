"""Which access tokens are void before they expire, and what nobody may do while that is not known."""

from datetime import UTC, datetime

import pytest
from starlette.requests import Request

from chassis.auth import Revoked, Tokens, having
from chassis.loops import running
from chassis.problems import InvalidToken, Unavailable
from chassis.revocations import Revocations
from chassis.unavailable import PeerUnavailable
from contracts.identity import GrantsChanged, SessionEnded
from contracts.ids import UserId
from stack.keys import Signer
from stack.waiting import until

SIGNER = Signer()
NOW = datetime.now(UTC)
ASHA = UserId("usr_1")


class Identity:
    """identity's list, and how often it was read."""

    def __init__(self) -> None:
        self.revoked: Revoked | None = Revoked([], {})
        self.reads = 0

    async def read(self) -> Revoked:
        self.reads += 1
        if self.revoked is None:
            raise PeerUnavailable("identity")
        return self.revoked


def known(identity: Identity) -> Revocations:
    return Revocations("amqp://nobody.invalid/", "test", identity.read)


async def refused(tokens: Tokens, token: str) -> bool:
    try:
        await tokens.verify(token)
    except InvalidToken as refusal:
        return (refusal.status, refusal.code) == (401, "not_authenticated")
    return False


async def test_a_token_ends_with_its_session_also_where_it_was_verified_before() -> None:
    revocations = known(Identity())
    tokens = Tokens(SIGNER.jwks, revocations)
    token, other = SIGNER.token(ASHA, sid="ses_1"), SIGNER.token(ASHA, sid="ses_2")
    assert not await refused(tokens, token)
    revocations.note_session(SessionEnded(session_id="ses_1", user_id=ASHA, at=NOW))
    assert await refused(tokens, token)
    assert not await refused(tokens, other)


async def test_tokens_of_rights_that_were_taken_away_are_void_in_whatever_order_it_is_heard() -> None:
    revocations = known(Identity())
    tokens = Tokens(SIGNER.jwks, revocations)
    for version in (3, 2):
        revocations.note_grants(GrantsChanged(user_id=ASHA, version=version, at=NOW))
    assert [await refused(tokens, SIGNER.token(ASHA, gv=version)) for version in (1, 2, 3, 4)] == [
        True,
        True,
        False,
        False,
    ]
    assert not await refused(tokens, SIGNER.token("usr_2", gv=1))


async def test_what_was_said_before_a_copy_listened_is_in_the_list() -> None:
    identity = Identity()
    identity.revoked = Revoked(["ses_1"], {ASHA: 2})
    revocations = known(identity)
    tokens = Tokens(SIGNER.jwks, revocations)
    await revocations.read_list()
    assert await refused(tokens, SIGNER.token("usr_2", sid="ses_1"))
    assert await refused(tokens, SIGNER.token(ASHA, gv=1))
    assert not await refused(tokens, SIGNER.token(ASHA, gv=2))


async def test_nobody_acts_by_a_role_while_it_is_not_known_what_was_revoked() -> None:
    identity = Identity()
    identity.revoked = None
    tokens = Tokens(SIGNER.jwks, known(identity))
    request = Request({"type": "http", "headers": [], "state": {"tokens": tokens}})
    admin = await tokens.verify(SIGNER.token(ASHA, "admin", sid="ses_1"))
    with pytest.raises(Unavailable):
        await having("admin")(request, admin)
    identity.revoked = Revoked([], {})
    assert await having("admin")(request, admin) is admin
    reads = identity.reads
    assert await having("admin")(request, admin) is admin
    assert identity.reads == reads


async def test_a_list_that_voids_the_callers_own_token_refuses_the_call_that_read_it() -> None:
    identity = Identity()
    identity.revoked = Revoked(["ses_1"], {})
    tokens = Tokens(SIGNER.jwks, known(identity))
    request = Request({"type": "http", "headers": [], "state": {"tokens": tokens}})
    admin = await tokens.verify(SIGNER.token(ASHA, "admin", sid="ses_1"))
    with pytest.raises(InvalidToken):
        await having("admin")(request, admin)


async def test_a_copy_that_has_no_queue_reads_the_list_by_itself() -> None:
    identity = Identity()
    identity.revoked = Revoked(["ses_1"], {})
    revocations = known(identity)
    tokens, token = Tokens(SIGNER.jwks, revocations), SIGNER.token(ASHA, sid="ses_1")
    async with running(revocations.watch()):

        async def is_refused() -> bool:
            return await refused(tokens, token)

        await until(is_refused)
        assert revocations.is_current
