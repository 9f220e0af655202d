"""Which limits a call counts against: pure functions of its method, its path, who calls, and what a sign-in says."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import orjson

from chassis.bodies import without_bom
from chassis.contacts import email_address, phone_number
from chassis.networks import network_of

_UNLIMITED = ("/api/payments/webhook", "/api/notify", "/.well-known")
_SIGN_IN = frozenset(
    f"/api/auth/{call}" for call in ("login", "register", "password/forgot", "password/reset", "email/verify")
)
_OTP, _GUEST = "/api/auth/otp", "/api/auth/guest"
_CHECK_IN = "/api/admin/checkin"
_LONGEST_ACCOUNT = 254  # characters, of an e-mail address
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class RateClass(Enum):
    """The classes of calls."""

    SIGN_IN = auto()
    OTP = auto()
    READ = auto()
    WRITE = auto()
    CHECK_IN = auto()
    GUEST = auto()


@dataclass(frozen=True, slots=True)
class Rates:
    """How many calls a minute: `sign_in` by address, `sign_in_account` by what signs in, `otp` and `read` by address,
    `write` and `check_in` by user, or by address without one, `guest` (new ones) by address. What a guest without an
    account writes counts by user and by address."""

    sign_in: int = 30
    sign_in_account: int = 10
    otp: int = 10
    read: int = 600
    write: int = 60
    check_in: int = 600
    guest: int = 10


@dataclass(frozen=True, slots=True)
class Limit:
    """`key` says of which class and whose; `calls` are admitted in a minute."""

    key: str
    calls: int


def class_of(method: str, path: str) -> RateClass | None:
    """The class of a call to a decoded path; None for what has no limit."""
    path = path.rstrip("/")
    if _is_below(path, *_UNLIMITED):
        return None
    if method in READING:
        return RateClass.READ
    if path in _SIGN_IN:
        return RateClass.SIGN_IN
    if path == _GUEST:
        return RateClass.GUEST
    if _is_below(path, _OTP):
        return RateClass.OTP
    return RateClass.CHECK_IN if _is_below(path, _CHECK_IN) else RateClass.WRITE


def names_user(rate_class: RateClass) -> bool:
    """Whether such a call counts by user."""
    return rate_class in {RateClass.WRITE, RateClass.CHECK_IN}


def guards_accounts(rate_class: RateClass) -> bool:
    """Whether such a call is refused while it cannot be counted."""
    return rate_class in {RateClass.SIGN_IN, RateClass.OTP}


def limits_of(
    rate_class: RateClass, rates: Rates, address: str, caller_id: str | None, body: bytes, *, is_guest: bool = False
) -> list[Limit]:
    """The limits that a call counts against; `is_guest`: the caller has no account. What signs in by a phone is sent a
    code, and counts as such too."""
    network = network_of(address)
    match rate_class:
        case RateClass.READ:
            return [Limit(f"read:{network}", rates.read)]
        case RateClass.WRITE:
            by_user, by_address = Limit(f"write:{caller_id}", rates.write), Limit(f"write:{network}", rates.write)
            return [by_user, by_address] if is_guest else [by_user if caller_id else by_address]
        case RateClass.GUEST:
            return [Limit(f"guest:{network}", rates.guest)]
        case RateClass.CHECK_IN:
            return [Limit(f"check_in:{caller_id or network}", rates.check_in)]
        case RateClass.OTP:
            return [Limit(f"otp:{network}", rates.otp)]
        case RateClass.SIGN_IN:
            email, phone = _signing_in(body)
            limits = [Limit(f"sign_in:{network}", rates.sign_in)]
            if email or phone:
                limits.append(Limit(f"sign_in:{_digest(email or phone)}", rates.sign_in_account))
            if phone and not email:
                limits.append(Limit(f"otp:{network}", rates.otp))
            return limits


def _is_below(path: str, *prefixes: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


def _signing_in(body: bytes) -> tuple[str, str]:
    """E-mail and phone of a sign-in or registration, all spellings of one as identity reads them; empty where there is
    none."""
    try:
        sent: Any = orjson.loads(without_bom(body))
    except orjson.JSONDecodeError:
        return "", ""
    if not isinstance(sent, dict):
        return "", ""
    email, phone = sent.get("email"), sent.get("phone")
    return (
        _in_form(email.strip(), email_address).casefold() if isinstance(email, str) else "",
        _in_form(phone.strip(), phone_number) if isinstance(phone, str) else "",
    )


def _in_form(text: str, form: Callable[[str], str]) -> str:
    """The text in the form in which it is stored; what has none, or is too long for one, is nobody's and stays."""
    if len(text) > _LONGEST_ACCOUNT:
        return text
    try:
        return form(text)
    except ValueError:
        return text


def _digest(account: str) -> str:
    """No address of a person stands in a key."""
    return hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest()[:32]
