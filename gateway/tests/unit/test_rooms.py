"""A room shows what happened, batch by batch, whatever it heard twice, late or not at all."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.ids import ShowtimeId
from contracts.seating import MapChanged
from gateway.live.frames import Frame
from gateway.live.rooms import Room, SeatsNow

SHOWTIME = ShowtimeId("sho_1")
SEATS = ("A1", "A2", "A3", "A4")
Letters = dict[str, str]


def change(since: int, version: int, *changes: tuple[str, str], whole: bool = False) -> MapChanged:
    return MapChanged.model_validate(
        {"showtime_id": SHOWTIME, "since": since, "version": version, "changes": changes, "whole": whole}
    )


def now(version: int, state: str = "aaaa", seats: tuple[str, ...] = SEATS) -> SeatsNow:
    return SeatsNow(version, seats, state, "open")


def a_room(version: int = 5, state: str = "aaaa") -> Room:
    room = Room(SHOWTIME)
    room.read(now(version, state))
    return room


def told(frame: Frame | None) -> tuple[object, object, Letters]:
    assert frame is not None
    changes = frame.data["changes"]
    assert isinstance(changes, list)
    assert len(dict(changes)) == len(changes)
    return frame.data["since"], frame.data["version"], dict(changes)


def test_changes_of_a_batch_are_one_that_names_a_seat_once() -> None:
    room = a_room()
    room.hear(change(5, 6, ("A1", "h"), ("A2", "h")))
    room.hear(change(6, 9, ("A1", "a")))
    assert (room.version, room.state) == (5, "aaaa")  # nobody was shown it yet
    assert told(room.take()) == (5, 9, {"A1": "a", "A2": "h"})
    assert (room.version, room.state, room.has_news) == (9, "ahaa", False)


def test_what_was_heard_before_the_map_was_read_counts_where_it_is_newer() -> None:
    room = Room(SHOWTIME)
    for heard in (change(3, 4, ("A1", "h")), change(4, 5, ("A2", "h")), change(5, 6, ("A3", "s"))):
        room.hear(heard)
    room.read(now(5, "hhaa"))
    assert (room.version, room.state) == (5, "hhaa")
    assert told(room.take()) == (5, 6, {"A3": "s"})


def test_a_change_that_was_missed_is_found_by_reading_again() -> None:
    room = a_room()
    room.hear(change(7, 8, ("A4", "s")))
    assert (room.lost, room.has_news) == (True, False)
    room.hear(change(8, 9, ("A1", "h")))
    room.read(now(8, "ahas"))
    assert not room.lost
    assert told(room.take()) == (5, 9, {"A1": "h", "A2": "h", "A4": "s"})


def test_who_comes_back_is_told_what_changed_meanwhile_as_far_as_it_is_known() -> None:
    room = a_room()
    room.hear(change(5, 6, ("A1", "h")))
    room.hear(change(6, 7, ("A2", "h")))
    room.take()
    room.hear(change(7, 8, ("A1", "s")))
    assert told(room.since(6)) == (6, 7, {"A2": "h"})  # the rest is not shown yet
    room.take()
    assert told(room.since(5)) == (5, 8, {"A1": "s", "A2": "h"})
    assert told(room.since(8)) == (8, 8, {})
    assert [room.since(version) for version in (4, 9, -1)] == [None] * 3


def test_another_map_is_shown_as_a_whole_and_nothing_before_it_is_known() -> None:
    room = a_room()
    room.hear(change(5, 6, ("A1", "h")))
    room.take()
    room.hear(change(6, 7, whole=True))
    assert room.lost
    room.read(now(7, "ab", ("A1", "B1")))
    assert (room.has_news, room.state) == (True, "haaa")
    assert room.take() is None
    assert (room.version, room.state, room.since(6)) == (7, "ab", None)


def test_a_whole_change_of_the_same_seats_is_told_as_what_differs() -> None:
    room = a_room()
    room.hear(change(5, 6, whole=True))
    room.read(now(6, "bbbb"))
    assert told(room.take()) == (5, 6, dict.fromkeys(SEATS, "b"))


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.sampled_from(SEATS), st.sampled_from("ahsb")),
        st.tuples(st.sampled_from(("miss", "late", "read", "take", "come back")), st.just(""), st.just("")),
    ),
    max_size=40,
)


@settings(max_examples=100)
@given(EVENTS)
def test_whoever_applies_what_is_shown_ends_with_the_map(events: list[tuple[str, str, str]]) -> None:
    truth, version, room = dict.fromkeys(SEATS, "a"), 5, a_room()
    shown, shown_version, said = dict(truth), 5, list[MapChanged]()
    missing = False

    def apply(frame: Frame | None) -> None:
        nonlocal shown_version
        since, shown_version_now, changes = told(frame)
        assert since == shown_version
        assert isinstance(shown_version_now, int)
        shown_version = shown_version_now
        shown.update(changes)

    for what, seat, letter in events:
        match what:
            case "change":
                truth[seat] = letter
                said.append(change(version, version + 1, (seat, letter)))
                version += 1
                if not missing:
                    room.hear(said[-1])
                missing = False
            case "miss":
                missing = True
            case "late" if said:
                room.hear(said[-1])
            case "read":
                room.read(now(version, "".join(truth.values())))
            case "take" if room.has_news:
                apply(room.take())
            case "come back":
                apply(room.since(shown_version))
    room.read(now(version, "".join(truth.values())))
    if room.has_news:
        apply(room.take())
    assert (shown, shown_version) == (truth, version)
