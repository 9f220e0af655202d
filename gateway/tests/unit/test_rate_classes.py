"""Which limits a call counts against, and who a client is behind proxies."""

from codecs import BOM_UTF8

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clients import TrustedProxies
from gateway.rate_classes import Limit, RateClass, Rates, class_of, limits_of

RATES = Rates()


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/api/auth/login", RateClass.SIGN_IN),
        ("POST", "/api/auth/login/", RateClass.SIGN_IN),
        ("POST", "/api/auth/register", RateClass.SIGN_IN),
        ("POST", "/api/auth/password/forgot", RateClass.SIGN_IN),
        ("POST", "/api/auth/password/reset", RateClass.SIGN_IN),
        ("POST", "/api/auth/email/verify", RateClass.SIGN_IN),
        ("POST", "/api/auth/email/resend", RateClass.WRITE),
        ("POST", "/api/auth/refresh", RateClass.WRITE),
        ("POST", "/api/auth/otp/verify", RateClass.OTP),
        ("POST", "/api/auth/otp/resend", RateClass.OTP),
        ("POST", "/api/seats/hold", RateClass.WRITE),
        ("PATCH", "/api/seats/hold/hld_1/refresh", RateClass.WRITE),
        ("DELETE", "/api/seats/hold/hld_1", RateClass.WRITE),
        ("PUT", "/api/admin/users/usr_1/roles", RateClass.WRITE),
        ("POST", "/api/admin/checkin", RateClass.CHECK_IN),
        ("POST", "/api/admin/checkin/batch", RateClass.CHECK_IN),
        ("GET", "/api/admin/checkin/manifest", RateClass.READ),
        ("GET", "/api/movies", RateClass.READ),
        ("HEAD", "/api/movies", RateClass.READ),
        ("POST", "/api/payments/create-order", RateClass.WRITE),
        ("POST", "/api/payments/webhook", None),
        ("POST", "/api/payments/webhook/stripe", None),
        ("POST", "/api/payments/webhooks", RateClass.WRITE),
        ("POST", "/api/notify/twilio/status", None),
        ("GET", "/.well-known/jwks.json", None),
    ],
)
def test_each_call_has_its_class(method: str, path: str, expected: RateClass | None) -> None:
    assert class_of(method, path) is expected


def _limits(body: object, address: str = "192.0.2.1", rate_class: RateClass = RateClass.SIGN_IN) -> list[Limit]:
    return limits_of(rate_class, RATES, address, None, orjson.dumps(body))


def test_a_sign_in_counts_by_address_and_by_account_however_it_is_spelled() -> None:
    by_address, by_account = _limits({"email": "Asha@Example.org", "password": "x"})
    assert by_address == Limit("sign_in:192.0.2.1", 30)
    assert by_account.calls == 10
    assert _limits({"email": " asha@example.ORG "})[1] == by_account
    assert _limits({"email": "ravi@example.org"})[1] != by_account
    assert "asha" not in by_account.key.lower()


@pytest.mark.parametrize(
    "spelling", ["asha@ｅxample.org", "asha@example。org", "ASHA@EXAMPLE.ORG\u00a0", "asha@EXAMPLE.org"]
)
def test_an_address_counts_as_the_account_that_it_is_read_as(spelling: str) -> None:
    assert _limits({"email": spelling})[1] == _limits({"email": "asha@example.org"})[1]


@pytest.mark.parametrize(
    "spelling",
    ["+91 98765-43210", "+91 (0)98765 43210", "+９１９８７６５４３２１０", "tel:+919876543210", "+91 098765 43210"],
)
def test_a_number_counts_as_the_phone_that_it_is_read_as(spelling: str) -> None:
    assert _limits({"phone": spelling}) == _limits({"phone": "+919876543210"})


def test_a_body_counts_by_its_account_with_a_byte_order_mark_too() -> None:
    body = orjson.dumps({"email": "asha@example.org", "password": "x"})
    plain, marked = (limits_of(RateClass.SIGN_IN, RATES, "192.0.2.1", None, mark + body) for mark in (b"", BOM_UTF8))
    assert marked == plain


@pytest.mark.parametrize(
    "account", [{"email": "a" * 1_000_000}, {"email": "@"}, {"phone": "9" * 900_000}, {"phone": "x"}]
)
def test_what_is_nobodys_address_or_number_counts_alike(account: dict[str, str]) -> None:
    assert _limits(account)[1] == _limits(account)[1] != _limits({"email": "asha@example.org"})[1]


def test_a_sign_in_by_phone_is_sent_a_code_and_counts_as_one() -> None:
    limits = _limits({"phone": "+91 98765-43210"})
    assert limits == _limits({"phone": "+919876543210"})
    assert [limit.key.partition(":")[0] for limit in limits] == ["sign_in", "sign_in", "otp"]
    assert limits[2].calls == 10


VALUES = st.none() | st.text() | st.integers(-9, 9) | st.lists(st.text(), max_size=2)


@given(body=st.binary() | (VALUES | st.fixed_dictionaries({"email": VALUES, "phone": VALUES})).map(orjson.dumps))
def test_a_sign_in_with_any_body_counts_by_its_address(body: bytes) -> None:
    assert limits_of(RateClass.SIGN_IN, RATES, "192.0.2.1", None, body)[0] == Limit("sign_in:192.0.2.1", 30)


def test_what_a_user_writes_counts_by_user_and_without_one_by_address() -> None:
    assert limits_of(RateClass.WRITE, RATES, "192.0.2.1", "usr_1", b"") == [Limit("write:usr_1", 60)]
    assert limits_of(RateClass.WRITE, RATES, "192.0.2.1", None, b"") == [Limit("write:192.0.2.1", 60)]
    assert limits_of(RateClass.CHECK_IN, RATES, "192.0.2.1", "usr_1", b"") == [Limit("check_in:usr_1", 600)]


def test_new_guests_count_by_address_and_what_a_guest_writes_by_address_too() -> None:
    assert class_of("POST", "/api/auth/guest") is RateClass.GUEST
    assert limits_of(RateClass.GUEST, RATES, "192.0.2.1", None, b"") == [Limit("guest:192.0.2.1", 10)]
    by_both = limits_of(RateClass.WRITE, RATES, "192.0.2.1", "usr_1", b"", is_guest=True)
    assert by_both == [Limit("write:usr_1", 60), Limit("write:192.0.2.1", 60)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_who_has_a_whole_network_of_addresses_is_one_client(one: str, other: str, *, same: bool) -> None:
    assert (_limits({}, one, RateClass.READ) == _limits({}, other, RateClass.READ)) is same


PROXIES = TrustedProxies(["10.0.0.0/8", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.7, 10.2.3.4"], "198.51.100.7"),
        ("10.0.0.1", ["10.9.9.9"], "10.9.9.9"),
        ("10.0.0.1", ["198.51.100.7, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7:5521"], "198.51.100.7"),
        ("10.0.0.1", ["[2001:4860::1]:443"], "2001:4860::1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [" , "], "10.0.0.1"),
        ("2001:db8::1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["198.51.100.7"], "127.0.0.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
    ],
)
def test_only_our_own_proxies_say_who_a_client_is(peer: str, said: list[str], client: str) -> None:
    assert PROXIES.client_of(peer, [(b"x-forwarded-for", value.encode()) for value in said]) == client


def test_only_our_own_proxies_say_which_scheme_the_client_spoke() -> None:
    said = {b"x-forwarded-proto": b"HTTPS"}
    assert PROXIES.scheme_of("10.0.0.1", "http", said) == "https"
    assert PROXIES.scheme_of("192.0.2.1", "http", said) == "http"
    assert PROXIES.scheme_of("10.0.0.1", "http", {b"x-forwarded-proto": b"gopher"}) == "http"
    assert not TrustedProxies()
