"""Which pages are ours."""

from typing import Any

from identity.settings import Settings

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def settings(**more: str) -> Settings:
    needed: dict[str, Any] = {
        "mongo_uri": "m",
        "rabbitmq_url": "r",
        "jwt_access_secret": KEY,
        "jwt_refresh_secret": KEY,
    }
    return Settings.model_validate(needed | more)


def test_without_front_ends_elsewhere_the_gateway_alone_is_ours_and_a_star_is_nobody() -> None:
    for client_url in ("", "*", " , "):
        assert settings(public_url="https://m.example/", client_url=client_url).origins == {"https://m.example"}
    both = settings(public_url="https://m.example", client_url="https://a.example, https://b.example/")
    assert both.origins == {"https://m.example", "https://a.example", "https://b.example"}
