"""What tests of identity are about: users, bodies, ids of theaters."""

from typing import Any

from chassis.times import now_in_milliseconds
from contracts.ids import UserId, new_id
from identity.domain import Rights, User

ADMIN = {"email": "admin@marquee.example", "password": "the admin's own"}
PASSWORD = "correct horse"
ROXY, REGAL = f"thr_{'0' * 26}", f"thr_{'1' * 26}"
MANAGER_HERE_STAFF_THERE = [{"theaterId": ROXY, "role": "manager"}, {"theaterId": REGAL, "role": "staff"}]


def a_registration(email: str = "a@example.com", **fields: Any) -> dict[str, Any]:
    return {"name": "A", "email": email, "password": PASSWORD, **fields}


def a_login(email: str = "a@example.com", password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password}


def a_user(**fields: Any) -> User:
    given = {
        "id": UserId(new_id("usr")),
        "version": 1,
        "name": "A",
        "email": "a@example.com",
        "phone": None,
        "password_hash": "$argon2id$",
        "rights": Rights.of(["user"]),
        "created_at": now_in_milliseconds(),
    }
    return User(**{**given, **fields})
