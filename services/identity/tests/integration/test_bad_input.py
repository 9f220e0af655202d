"""What identity takes no body for: each bad value is named, and no bytes make it fail."""

from typing import Any

from services.identity.tests.conftest import ME, Running
from services.identity.tests.factories import a_registration

UNACCEPTABLE: list[tuple[str, Any]] = [
    ("email", "no address"),
    ("email", "a@b"),
    ("email", "x" * 400 + "@example.com"),
    ("email", "x" * 65 + "@example.com"),
    ("email", "a\u0000@example.com"),
    ("email", None),
    ("email", 5),
    ("password", "short"),
    ("password", "x" * 129),
    ("password", 12345678),
    ("password", "e\u0301" * 7),
    ("password", "seven\tor more"),
    ("name", ""),
    ("name", "  "),
    ("name", "x" * 101),
    ("name", "a\u0000b"),
    ("name", "a\nb"),
    ("name", ["a"]),
    ("name", "x =?utf-8?q?=0ABcc=3Ab=40c.test?= y"),
    ("name", "a\u202eb"),
    ("name", "a\u2028b"),
    ("name", "\u200b"),
    ("phone", "+441111"),
    ("phone", "98765"),
    ("phone", "+0"),
    ("phone", "+" + "9" * 30),
    ("phone", 919876543210),
]


async def test_what_is_unacceptable_is_named(identity: Running) -> None:
    for field, value in UNACCEPTABLE:
        status, answer = await identity.call("POST", "/api/auth/register", a_registration(**{field: value}))
        assert (status, answer["code"]) == (422, "validation_error"), value
        assert answer["errors"][0]["path"] == field
    bodies: list[Any] = [{"phone": "+919876543210"}, {"name": "A", "phone": "+0"}, {"name": "A"}, {}, []]
    for body in bodies:
        assert (await identity.call("POST", "/api/auth/register", body))[0] == 422
    assert await identity.db["users"].count_documents({}) == 1


async def test_any_bytes_get_a_problem(identity: Running) -> None:
    token = (await identity.register()).access_token
    bodies = [
        b"{",
        b"[" * 50_000,
        b"\xff",
        b"null",
        b'{"name": "\\ud800", "refreshToken": "\\ud800", "prefs": 5}',
        b'{"name": NaN, "email": NaN, "refreshToken": NaN}',
        b'{"prefs": {"language": 1}, "a": 1e9}',
    ]
    calls = [
        ("POST", "/api/auth/register"),
        ("POST", "/api/auth/login"),
        ("POST", "/api/auth/refresh"),
        ("POST", "/api/auth/logout"),
        ("PATCH", ME),
    ]
    for body in bodies:
        for method, path in calls:
            status, answer = await identity.call(method, path, body, token)
            assert (status, answer["code"]) in {(400, "malformed_body"), (422, "validation_error")}, (path, body)
