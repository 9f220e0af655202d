"""What fits on one screen."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.overlaps import Span, fits

NOON, CLEANING = datetime(2026, 12, 1, 12, tzinfo=UTC), timedelta(minutes=15)


def span(start: int, minutes: int = 120) -> Span:
    """A showtime that starts so many minutes after noon."""
    begin = NOON + timedelta(minutes=start)
    return begin, begin + timedelta(minutes=minutes)


def test_a_showtime_fits_once_the_screen_is_clean() -> None:
    assert fits([span(135)], [span(0)], CLEANING) == [True]
    assert fits([span(134)], [span(0)], CLEANING) == [False]
    assert fits([span(-135), span(-134)], [span(0)], CLEANING) == [True, False]


def test_of_two_that_overlap_the_earlier_given_fits_and_what_does_not_fit_is_in_nobodys_way() -> None:
    assert fits([span(0), span(60), span(180)], [], CLEANING) == [True, False, True]
    assert fits([span(0, 300), span(60), span(320)], [], CLEANING) == [True, False, True]


SPANS = st.lists(st.builds(span, st.integers(0, 600), st.integers(1, 200)), max_size=9)


@given(SPANS, SPANS, st.integers(0, 20).map(lambda minutes: timedelta(minutes=minutes)))
def test_each_showtime_that_fits_has_the_screen_and_its_cleaning_to_itself_and_the_others_would_not(
    spans: list[Span], taken: list[Span], cleaning: timedelta
) -> None:
    def are_apart(a: Span, b: Span) -> bool:
        return a[1] + cleaning <= b[0] or b[1] + cleaning <= a[0]

    placed = list(zip(spans, fits(spans, taken, cleaning), strict=True))
    for at, (one, has_room) in enumerate(placed):
        before = [other for other, fitted in placed[:at] if fitted]
        assert has_room == all(are_apart(one, other) for other in [*taken, *before])
