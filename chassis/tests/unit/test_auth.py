"""What callers may do by their tokens, and how many verified tokens a process remembers."""

from chassis.auth import Caller, Tokens
from chassis.problems import TokenExpired
from stack.keys import Signer
from stack.waiting import until

HERE, THERE, ELSEWHERE = "scope_1", "scope_2", "scope_3"
SIGNER = Signer()


async def a_caller(*roles: str, **grants: list[str]) -> Caller:
    return await Tokens(SIGNER.jwks).verify(SIGNER.token("usr_1", *roles, grants=grants))


async def test_a_role_counts_in_the_scope_where_it_was_granted() -> None:
    caller = await a_caller("user", scope_1=["manager"], scope_2=["staff"])
    assert caller.has(HERE, "manager")
    assert caller.has(THERE, "staff")
    assert caller.has(THERE, "manager", "staff")
    assert not caller.has(THERE, "manager")
    assert not caller.has(HERE, "staff")
    assert not caller.has(ELSEWHERE, "manager", "staff")
    assert not caller.has(HERE)


async def test_lists_are_of_the_scopes_where_the_role_was_granted() -> None:
    caller = await a_caller(scope_1=["manager", "staff"], scope_2=["staff"])
    assert caller.scopes("manager") == frozenset({HERE})
    assert caller.scopes("manager", "staff") == frozenset({HERE, THERE})
    assert caller.scopes("user") == frozenset()


async def test_admins_pass_in_every_scope() -> None:
    admin = await a_caller("admin")
    assert admin.has(HERE, "manager")
    assert admin.scopes("manager") is None


async def test_no_other_role_counts_in_scopes_because_it_counts_everywhere() -> None:
    caller = await a_caller("manager", "user")
    assert not caller.has(HERE, "manager")
    assert caller.scopes("manager", "user") == frozenset()


async def test_a_grant_called_admin_makes_nobody_an_admin() -> None:
    caller = await a_caller(scope_1=["admin"])
    assert not caller.has_somewhere("admin")
    assert not caller.has(HERE, "admin", "manager")
    assert caller.scopes("manager") == frozenset()


async def test_a_verified_token_is_remembered_until_it_expires() -> None:
    tokens, token = Tokens(SIGNER.jwks), SIGNER.token(expires_in=2)
    assert await tokens.verify(token) is await tokens.verify(token)

    async def has_expired() -> bool:
        try:
            await tokens.verify(token)
        except TokenExpired:
            return True
        return False

    await until(has_expired)


async def test_no_more_tokens_are_remembered_than_fit() -> None:
    tokens = Tokens(SIGNER.jwks, remembered=2)
    first, *others = (SIGNER.token(f"usr_{number}") for number in range(3))
    caller = await tokens.verify(first)
    for token in others:
        await tokens.verify(token)
    assert await tokens.verify(first) is not caller
