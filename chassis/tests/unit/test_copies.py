"""Which copy of a service is asked."""

from chassis.copies import REFUSED_SECONDS, SILENT_SECONDS, Copies


def test_a_copy_that_refused_comes_last_until_it_has_rested() -> None:
    now = 0.0
    copies = Copies("http://a, http://b/,http://c", clock=lambda: now)
    assert [copies.in_turn()[0] for _ in range(4)] == ["http://a", "http://b", "http://c", "http://a"]
    copies.refused("http://b")
    assert copies.in_turn() == ["http://c", "http://a", "http://b"]
    now = REFUSED_SECONDS
    assert {copies.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}
    copies.silent("http://a")
    now += SILENT_SECONDS / 2
    assert {copies.in_turn()[0] for _ in range(3)} == {"http://b", "http://c"}
    now += SILENT_SECONDS / 2
    assert {copies.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}


def test_a_copy_with_calls_under_way_comes_after_those_with_fewer() -> None:
    copies = Copies("http://a,http://b,http://c")
    with copies.asked("http://a"), copies.asked("http://b"), copies.asked("http://b"):
        assert [copies.in_turn() for _ in range(3)] == [["http://c", "http://a", "http://b"]] * 3
    assert {copies.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}
