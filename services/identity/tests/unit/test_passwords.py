"""Passwords are compared and counted in one form, however they are typed."""

import pytest
from pydantic import BaseModel, ValidationError

from identity.passwords import NewPassword, Passwords, opaque


class Chosen(BaseModel):
    password: NewPassword


def chosen(password: str) -> str:
    return Chosen.model_validate({"password": password}).password.get_secret_value()


@pytest.mark.parametrize(
    ("password", "same"),
    [
        ("caf\u00e9 au lait", "cafe\u0301 au lait"),
        ("\u212bngstr\u00f6m", "A\u030angstro\u0308m"),
        ("two words", "two\u00a0words"),
        ("two words", "two\u3000words"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af".replace("\u1112\u1161\u11ab", "\ud55c"), "\ud55c\uae00"),
    ],
)
def test_a_password_is_one_however_it_is_typed(password: str, same: str) -> None:
    assert opaque(password) == opaque(same)


@pytest.mark.parametrize(
    ("password", "other"), [("Correct", "correct"), ("\uff21\uff22", "AB"), ("ﬁne", "fine"), (" a", "a")]
)
def test_case_width_and_outer_spaces_count(password: str, other: str) -> None:
    assert opaque(password) != opaque(other)


@pytest.mark.parametrize("bad", ["", "tab\there", "nul\0", "\u200bhidden", "\u0378"])
def test_what_no_password_has_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"not allowed|not empty"):
        opaque(bad)


@pytest.mark.parametrize("good", ["x" * 8, "x" * 128, "e\u0301" * 8, "e\u0301" * 128, "क्षमा करें जी"])
def test_characters_are_counted_in_that_form(good: str) -> None:
    assert chosen(good) == opaque(good)


@pytest.mark.parametrize("bad", ["x" * 7, "e\u0301" * 7, "x" * 129, "e\u0301" * 129, "x" * 10_000, "\t" * 8])
def test_too_few_too_many_and_other_characters_are_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        chosen(bad)


@pytest.mark.parametrize(
    "bad",
    ["password", "Fuckyou2", "rAiNbOw6", "india@123", "PASSWORD123", "P@ssw0rd", "12345678", "qwertyuiop", "1q2w3e4r"],
)
def test_what_everybody_tries_first_is_refused_in_whatever_case(bad: str) -> None:
    with pytest.raises(ValidationError, match="everybody"):
        chosen(bad)
    assert chosen(f"{bad} of mine")


def test_the_schema_tells_how_long_a_password_is() -> None:
    assert Chosen.model_json_schema()["properties"]["password"] == {
        "title": "Password",
        "type": "string",
        "format": "password",
        "writeOnly": True,
        "minLength": 8,
        "maxLength": 128,
    }


async def test_a_hash_fits_each_way_to_type_its_password_and_no_other() -> None:
    passwords = Passwords()
    stored = await passwords.hash("cafe\u0301 au lait")
    for typed in ("caf\u00e9 au lait", "cafe\u0301\u00a0au lait"):
        assert await passwords.matches(typed, stored)
    for wrong in ("cafe au lait", "caf\u00c9 au lait", "caf\u00e9 au lait ", "caf\u00e9\tau lait", ""):
        assert not await passwords.matches(wrong, stored)
