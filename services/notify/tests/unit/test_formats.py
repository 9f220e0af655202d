"""Names on one line."""

from hypothesis import given
from hypothesis import strategies as st

from notify.formats import one_line


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(one_line(text)) == one_line(text)
