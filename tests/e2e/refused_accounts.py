"""Good bodies of the calls about accounts, and values that spoil each of their fields."""

from tests.e2e.bad_values import LONG, NO_EMAIL, NO_FLAG, NO_KEY, NO_LIST, NO_OBJECT, NO_PHONE, NO_TEXT
from tests.e2e.good_bodies import LOGIN, PHONE, REGISTRATION
from tests.e2e.refusal import Refused

OF_ACCOUNTS = [
    Refused(
        "nobody",
        "POST /api/auth/register",
        REGISTRATION,
        {
            "name": NO_TEXT,
            "email": [None, *NO_EMAIL],
            "password": [None, 5, [], {}, "short", "x" * 129, "Password123"],
            "phone": NO_PHONE,
            "claim": NO_FLAG,
            "cookie": NO_FLAG,
        },
        ("name", "email", "password"),
    ),
    Refused(
        "nobody",
        "POST /api/auth/login",
        LOGIN,
        {
            "email": [None, 5, [], {}, {"$gt": ""}, "", "a", LONG],
            "password": [None, 5, [], {"$ne": 1}, "", LONG],
            "claim": NO_FLAG,
            "cookie": NO_FLAG,
        },
        ("email", "password"),
    ),
    Refused(
        "guest",
        "POST /api/users/me/password",
        {"currentPassword": "x", "newPassword": "long enough"},
        {
            "currentPassword": [None, 5, [], {"$ne": 1}, "", LONG],
            "newPassword": [None, 5, [], {}, "short", "x" * 129, "Password123"],
        },
        ("currentPassword", "newPassword"),
    ),
    Refused("nobody", "POST /api/auth/login", {"phone": PHONE}, {"phone": [None, *NO_PHONE]}),
    Refused(
        "nobody",
        "POST /api/auth/register",
        {"name": "A", "phone": PHONE},
        {"name": NO_TEXT, "phone": [None, *NO_PHONE]},
        ("name",),
    ),
    Refused(
        "nobody",
        "POST /api/auth/otp/verify",
        {"challengeId": "chl_x", "code": "123456"},
        {"challengeId": NO_KEY, "code": [None, 5, 123456, [], {}, "", "12345", "1234567", "12345x", "१२३४५६"]},
        ("challengeId", "code"),
    ),
    Refused("nobody", "POST /api/auth/otp/resend", {"challengeId": "chl_x"}, {"challengeId": NO_KEY}, ("challengeId",)),
    Refused("nobody", "POST /api/auth/guest", {}, {"cookie": NO_FLAG}),
    Refused("guest", "DELETE /api/users/me", {}, {"keepTickets": NO_FLAG, "password": [5, [], {"$ne": 1}, LONG]}),
    Refused("nobody", "POST /api/auth/email/verify", {"token": "x"}, {"token": NO_KEY}, ("token",)),
    Refused(
        "nobody", "POST /api/auth/password/forgot", {"email": "a@guests.test"}, {"email": [None, *NO_EMAIL]}, ("email",)
    ),
    Refused(
        "nobody",
        "POST /api/auth/password/reset",
        {"token": "x", "password": "long enough"},
        {"token": NO_KEY, "password": [None, 5, [], {}, "short", "x" * 129, "Password123"]},
        ("token", "password"),
    ),
    Refused(
        "nobody",
        "POST /api/auth/refresh",
        {"refreshToken": "x"},
        {
            "refreshToken": [None, 5, [], {"$gt": ""}, "", LONG],
        },
        ("refreshToken",),
    ),
    Refused(
        "nobody",
        "POST /api/auth/logout",
        {"refreshToken": "x"},
        {
            "refreshToken": [None, 5, [], {"$gt": ""}, "", LONG],
        },
        ("refreshToken",),
    ),
    Refused(
        "guest",
        "PATCH /api/users/me",
        {},
        {
            "name": NO_TEXT,
            "email": [None, *NO_EMAIL],
            "phone": NO_PHONE,
            "prefs": [*NO_OBJECT, None],
            "prefs.language": [*NO_TEXT, "english!", "$gt"],
            "prefs.emailNotifications": [None, "yes", 1, 0, [], "true"],
            "prefs.smsNotifications": [None, "no", 1, {}],
            "prefs.favouriteTheaterIds": [*NO_LIST, ["thr_x"], ["{theater}"] * 101],
        },
    ),
]
