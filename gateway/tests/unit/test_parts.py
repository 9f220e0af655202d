"""The pure parts: the table and who may read across origins."""

from hypothesis import given
from hypothesis import strategies as st

from gateway import routes


@given(st.binary(max_size=60))
def test_any_bytes_are_a_readable_path_or_none(raw: bytes) -> None:
    path = routes.decoded(b"/" + raw)
    assert path is None or (path.startswith("/") and "\0" not in path and ".." not in path.split("/"))


@given(st.lists(st.sampled_from(["api", "internal", "seats", "..", ".", "", "%2e%2e", "%2F", "hold"]), max_size=8))
def test_no_path_finds_its_way_to_internal(segments: list[str]) -> None:
    path = routes.decoded(("/" + "/".join(segments)).encode())
    route = path and routes.find(path)
    assert not route or (path or "").startswith(route.path)


def test_nothing_internal_stands_in_the_table_and_the_longest_prefix_wins() -> None:
    assert all(route.path.startswith(("/api/", "/.well-known/")) for route in routes.ROUTES)
    for path in ("/api/bookings/confirm", "/api/payments/create-order"):
        route = routes.find(path)
        assert route is not None
        assert (route.path, route.seconds) == (path, 15.0)
    assert routes.find("/api/bookings/confirmation") == routes.find("/api/bookings")
