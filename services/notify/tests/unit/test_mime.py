"""What is put into a mail is what a reader of mails takes out."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from hypothesis import given
from hypothesis import strategies as st

from notify import mime

texts = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\n\r\t =.-_\u2028"))).map(
    lambda text: f"{text}x"  # blank lines at the end are nobody's text
)


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(mime.message({"Subject": "s"}, content), policy=default)


@given(texts)
def test_a_text_arrives_line_by_line(text: str) -> None:
    for boundary in ("--=_mixed", "--=_mixed--", "--=_related"):
        content = mime.text_part(f"{boundary}\n{text}\n.\nFrom here\n", "plain")
        lines = content.partition(b"\r\n\r\n")[2].split(b"\r\n")
        assert all(len(line) <= 76 and line.isascii() for line in lines)
        message = parsed(mime.multipart("mixed", [content]))
        [part] = message.iter_parts()
        assert part.get_content().splitlines() == [
            boundary,
            *text.splitlines(),
            ".",
            "From here",
        ]
        assert not any(part.defects for part in message.walk())


@given(st.binary(min_size=1, max_size=500))
def test_a_picture_arrives_byte_by_byte(picture: bytes) -> None:
    part = parsed(mime.binary_part(picture, "image/png", {"Content-ID": "<a@b>"}))
    assert (part.get_content(), part["Content-ID"], part.get_content_type()) == (picture, "<a@b>", "image/png")


def test_nested_parts_stay_apart() -> None:
    inner = mime.multipart("related", [mime.text_part("a", "html"), mime.binary_part(b"1", "image/png", {})])
    message = parsed(mime.multipart("mixed", [mime.multipart("alternative", [mime.text_part("b", "plain"), inner])]))
    types = [part.get_content_type() for part in message.walk()]
    assert types == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
