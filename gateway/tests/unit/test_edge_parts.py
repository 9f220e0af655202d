"""The pure parts of the edge: first lines, codings, what is said of ourselves."""

import gzip
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from gateway.content_coding import CODINGS, preferred_coding
from gateway.icon import ico
from gateway.request_line import normalized
from gateway.well_known import security_txt

DECODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda coded: zstandard.ZstdDecompressor().decompress(coded),
}


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
    assert normalized(came) == read


@given(st.binary(max_size=80))
def test_no_first_line_gains_an_end(line: bytes) -> None:
    assert normalized(line).count(b"\n") == line.count(b"\n")
    assert normalized(line).count(b"\r") == line.count(b"\r")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"", None),
        (b"identity", None),
        (b"deflate, sdch", None),
        (b"gzip", "gzip"),
        (b"GZip", "gzip"),
        (b"x-gzip", "gzip"),
        (b"gzip, deflate, br, zstd", "zstd"),
        (b"gzip, deflate, br", "br"),
        (b"zstd;q=0.5, br;q=0.8, gzip;q=0.9", "gzip"),
        (b"zstd;q=0, br;q=0, gzip;q=0", None),
        (b"*", "zstd"),
        (b"zstd;q=0, *;q=0.5", "br"),
        (b"*;q=0", None),
        (b"gzip;q=0.5, *;q=0", "gzip"),
        (b"gzip;q=0.5, identity", None),
        (b"gzip, identity;q=0.5", "gzip"),
        (b"identity;q=0, br;q=0.1", "br"),
        (b"gzip;q=nonsense", None),
        (b"gzip;q=nan", None),
        (b" gzip ; q=1.0 ,", "gzip"),
        (b"\xff\xfe, gzip", "gzip"),
    ],
)
def test_the_coding_is_the_one_the_client_likes_best(accepted: bytes, coding: str | None) -> None:
    assert preferred_coding(accepted) == coding


@given(st.binary(max_size=60))
def test_any_accept_encoding_gives_a_coding_or_none(accepted: bytes) -> None:
    assert preferred_coding(accepted) in {None, *CODINGS}


@given(st.binary(max_size=5_000), st.sampled_from(sorted(CODINGS)))
def test_what_is_coded_can_be_read_again(body: bytes, coding: str) -> None:
    assert DECODED[coding](CODINGS[coding](body)) == body


def test_the_icon_is_an_ico_file_with_one_whole_png() -> None:
    icon = ico()
    assert icon[:6] == b"\0\0\1\0\1\0"
    size, offset = int.from_bytes(icon[14:18], "little"), int.from_bytes(icon[18:22], "little")
    png = icon[offset:]
    assert (len(png), png[:8], png[-8:-4]) == (size, b"\x89PNG\r\n\x1a\n", b"IEND")
    at = png.index(b"IDAT")
    data = png[at + 4 : at + 4 + int.from_bytes(png[at - 4 : at], "big")]
    assert len(zlib.decompress(data)) == 32 * (1 + 32 * 4)


def test_security_txt_ends_within_a_year_and_says_whom_to_write_to() -> None:
    now = datetime(2026, 11, 29, 5, 6, 7, tzinfo=UTC)
    text = security_txt("https://tickets.example", "", now)
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    assert fields["Contact"] == "mailto:security@tickets.example"
    assert fields["Expires"] == "2027-05-28T00:00:00Z"
    assert fields["Canonical"] == "https://tickets.example/.well-known/security.txt"
    assert "Contact: https://report.example/us\n" in security_txt(
        "https://tickets.example", "https://report.example/us", now
    )
