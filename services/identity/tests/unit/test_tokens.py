"""Keys and tokens without any server."""

import base64

import pytest

from chassis.auth import Tokens
from chassis.problems import InvalidToken
from identity.tokens import AccessTokens, HashedTokens, thumbprint

SEED = bytes(range(32))


def test_the_key_id_is_the_thumbprint_of_rfc_8037() -> None:
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


async def test_replicas_with_one_seed_verify_each_others_tokens_and_no_others() -> None:
    token = AccessTokens(SEED).issue("usr_1", ["user"], {"thr_1": ["staff"]}, session_id="ses_1", grants_version=7)
    caller = await Tokens(AccessTokens(SEED).jwks).verify(token)
    assert (caller.user_id, *caller.roles) == ("usr_1", "user")
    assert {theater_id: [*roles] for theater_id, roles in caller.grants.items()} == {"thr_1": ["staff"]}
    assert (caller.session_id, caller.grants_version, caller.guest, caller.guests) == ("ses_1", 7, False, ())
    with pytest.raises(InvalidToken):
        await Tokens(AccessTokens(bytes(32)).jwks).verify(token)


async def test_a_rotation_of_keys_logs_nobody_out_whichever_copy_is_asked_for_the_keys() -> None:
    old, new = SEED, bytes(reversed(SEED))
    before, published, turned, after = (
        AccessTokens(old),
        AccessTokens(old, new),
        AccessTokens(new, old),
        AccessTokens(new),
    )

    def signed(by: AccessTokens) -> str:
        return by.issue("usr_1", ["user"], {}, session_id="ses_1", grants_version=1)

    async def served(token: str, *copies: AccessTokens) -> None:
        """A token is good at a service that has just started, whichever copy of identity it asks."""
        for copy in copies:
            assert (await Tokens(copy.jwks).verify(token)).user_id == "usr_1"

    await served(signed(before), before, published, turned)  # while the new key is published
    await served(signed(published), published, turned)
    await served(signed(turned), published, turned, after)  # while the new key begins to sign
    with pytest.raises(InvalidToken):
        await served(signed(published), after)  # 15 minutes later none of these is left
    keys = [[key["kid"] for key in (await each.jwks())["keys"]] for each in (published, turned, after)]
    assert keys[0] == keys[1][::-1]
    assert keys[2] == keys[1][:1]


async def test_an_account_owns_what_its_linked_guests_own_and_a_guest_is_known_as_one() -> None:
    tokens = AccessTokens(SEED)
    of_account = tokens.issue("usr_1", [], {}, session_id="ses_1", grants_version=1, guests=["usr_2", "usr_3"])
    of_guest = tokens.issue("usr_2", [], {}, session_id="ses_2", grants_version=1, guest=True)
    caller, guest = [await Tokens(tokens.jwks).verify(token) for token in (of_account, of_guest)]
    owned = [user_id for user_id in ("usr_1", "usr_2", "usr_3", "usr_4", None) if caller.owns(user_id)]
    assert owned == ["usr_1", "usr_2", "usr_3"]
    assert (guest.guest, guest.owns("usr_2"), guest.owns("usr_1")) == (True, True, False)


def test_refresh_tokens_are_long_random_and_hashed_with_the_secret() -> None:
    tokens = HashedTokens(SEED, "refresh")
    (token, token_hash), (next_token, _) = tokens.new(), tokens.new()
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert token != next_token
    assert token_hash == tokens.hash(token) != HashedTokens(bytes(32), "refresh").hash(token)
    assert token_hash != HashedTokens(SEED, "email").hash(token)
