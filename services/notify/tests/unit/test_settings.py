"""TLS is demanded wherever a password or a foreign network is involved."""

import pytest

from notify.settings import Settings


def settings(**given: object) -> Settings:
    return Settings.model_validate({"mongo_uri": "m", "rabbitmq_url": "r", **given})


@pytest.mark.parametrize(
    ("given", "implicit", "demanded"),
    [
        ({}, False, False),
        ({"smtp_user": "u"}, False, True),
        ({"smtp_host": "mail.example.com"}, False, True),
        ({"smtp_host": "mail.example.com", "smtp_port": 465}, True, False),
        ({"smtp_host": "mail", "smtp_plain_host": "mail"}, False, False),
        ({"smtp_host": "mail", "smtp_plain_host": "mail", "smtp_user": "u"}, False, True),
        ({"smtp_host": "mail.example.com", "smtp_plain_host": "mail"}, False, True),
    ],
)
def test_tls(given: dict[str, object], implicit: bool, demanded: bool) -> None:
    found = settings(**given)
    assert (found.smtp_implicit_tls, found.smtp_demands_tls) == (implicit, demanded)
