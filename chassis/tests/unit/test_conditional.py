"""ETags: which the client has, and on which a change rests."""

import pytest

from chassis.conditional import IfMatch, StaleVersion, etag_of, etag_of_bytes, is_unchanged


@pytest.mark.parametrize(
    ("header", "has"),
    [
        ('"7.a"', True),
        ('W/"7.a"', True),
        ('"x", W/"7.a"', True),
        ('"x","7.a"', True),
        ("*", True),
        (" * ", True),
        ("7.a", False),
        ('"7"', False),
        ('"7.b"', False),
        ('"*"x', False),
        ("", False),
        ("W/", False),
        ('"', False),
        ('"7.a', False),
        ('7.a"', False),
        (",,", False),
        ('"x"; "7.a"', False),
        ('"x, "7.a"', False),
    ],
)
def test_a_client_has_what_any_tag_of_its_list_names(header: str, has: bool) -> None:
    assert is_unchanged(header, etag_of(7, "a")) is has


@pytest.mark.parametrize("header", [None, '"7"', 'W/"7"', '"7.a"', '"6", "7.z"', "*", 'W/"7.a", "1"', '"7-gzip"'])
def test_a_change_that_rests_on_this_version_goes_through(header: str | None) -> None:
    IfMatch(header).require(7)


@pytest.mark.parametrize(
    "header", ["", '"6"', '"77"', '"a7"', 'W/"6.7"', '"x"', '"٧"', '"-7"', '"7', "7", etag_of_bytes(b"")]
)
def test_a_change_that_rests_on_another_is_stale(header: str) -> None:
    with pytest.raises(StaleVersion):
        IfMatch(header).require(7)
