"""The pure parts of the edge: first lines."""

import pytest
from gateway.request_line import put_right
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("came", "read"),
    [
        (b"GET /api/movies?title=a%20b HTTP/1.1", b"GET /api/movies?title=a%20b HTTP/1.1"),
        (b"GET /api/movies?title=\xe0\xa4\x95 HTTP/1.1", b"GET /api/movies?title=%E0%A4%95 HTTP/1.1"),
        (b"GET /caf\xe9 HTTP/1.1", b"GET /caf%E9 HTTP/1.1"),
        (b"get /x HTTP/1.1", b"UNLINK /x HTTP/1.1"),
        (b"QUERY /x HTTP/1.1", b"UNLINK /x HTTP/1.1"),
        (b"OPTIONS * HTTP/1.1", b"OPTIONS /* HTTP/1.1"),
        (b"GET http://elsewhere.example/x?y HTTP/1.1", b"GET /x?y HTTP/1.1"),
        (b"GET HTTPS://elsewhere.example HTTP/1.1", b"GET / HTTP/1.1"),
        (b"GET http://elsewhere.example?y HTTP/1.1", b"GET /?y HTTP/1.1"),
        (b"GET /?url=http://elsewhere.example HTTP/1.1", b"GET /?url=http://elsewhere.example HTTP/1.1"),
        (b"\x16\x03\x01 \x02 x", b"\x16\x03\x01 \x02 x"),
        (b"GET", b"GET"),
    ],
)
def test_a_first_line_is_put_right_where_it_can_mean_one_thing_only(came: bytes, read: bytes) -> None:
    assert put_right(came) == read


@given(st.binary(max_size=80))
def test_no_first_line_gains_an_end(line: bytes) -> None:
    assert put_right(line).count(b"\n") == line.count(b"\n")
    assert put_right(line).count(b"\r") == line.count(b"\r")
