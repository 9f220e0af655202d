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
    token = AccessTokens(SEED).issue("usr_1", ["user"], {"thr_1": ["staff"]})
    caller = await Tokens(AccessTokens(SEED).jwks).verify(token)
    assert (caller.user_id, *caller.roles) == ("usr_1", "user")
    assert {theater_id: [*roles] for theater_id, roles in caller.grants.items()} == {"thr_1": ["staff"]}
    with pytest.raises(InvalidToken):
        await Tokens(AccessTokens(bytes(32)).jwks).verify(token)


def test_refresh_tokens_are_long_random_and_hashed_with_the_secret() -> None:
    tokens = HashedTokens(SEED, "refresh")
    (token, token_hash), (next_token, _) = tokens.new(), tokens.new()
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert token != next_token
    assert token_hash == tokens.hash(token) != HashedTokens(bytes(32), "refresh").hash(token)
    assert token_hash != HashedTokens(SEED, "email").hash(token)
