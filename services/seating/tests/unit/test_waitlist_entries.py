"""Whom seats that come free are offered to."""

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from services.seating.tests.factories import a_showtime, a_user

from seating.domain import Showtime
from seating.waitlist import entries
from seating.waitlist.entries import Entry, first_offer


def waiting(showtime: Showtime, count: int, type_: str | None = None) -> Entry:
    theater_id, now = showtime.snapshot.theater.theater_id, datetime.now(UTC)
    return Entry(f"wtl_{a_user()}", showtime.id, theater_id, a_user(), count, type_, "waiting", now)


def test_the_seats_are_looked_through_once_for_all_who_wish_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = list[tuple[int, str | None]]()
    best_places = entries.best_places

    def counted(showtime: Showtime, free: Collection[int], count: int, type_: str | None) -> range | None:
        wishes.append((count, type_))
        return best_places(showtime, free, count, type_)

    monkeypatch.setattr(entries, "best_places", counted)
    showtime = a_showtime(layout={"rows": 1, "cols": 5})
    pairs, last = [waiting(showtime, 2) for _ in range(50)], waiting(showtime, 1)
    assert first_offer(showtime, {0, 2, 4}, [*pairs, waiting(showtime, 2, "vip"), last]) == (last, ("A3",))
    assert wishes == [(2, None), (2, "vip"), (1, None)]
