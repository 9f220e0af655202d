"""Accounts and sessions over HTTP, with the real Mongo and RabbitMQ."""

from typing import Any

from chassis.auth import Tokens


async def test_a_new_user_gets_tokens_that_others_can_verify_and_is_told_of(identity: Any) -> None:
    made = await identity.register("Ann@Example.com", phone="+91 98765 43210")
    assert made["user"]["email"] == "Ann@example.com"
    assert made["user"]["phone"] == "+919876543210"
    assert made["user"]["roles"] == ["user"]
    assert (made["tokenType"], made["expiresIn"]) == ("Bearer", 900)

    async def fetch() -> Any:
        return (await identity.call("GET", "/.well-known/jwks.json"))[1]

    caller = await Tokens(fetch).verify(made["accessToken"])
    assert caller.user_id == made["user"]["id"]
    status, me = await identity.call("GET", "/api/users/me", token=made["accessToken"])
    assert (status, me) == (200, made["user"])
