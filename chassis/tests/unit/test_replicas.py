"""Which copy of a service is asked."""

from chassis.replicas import REFUSED_SECONDS, SILENT_SECONDS, Replicas


def test_a_copy_that_refused_comes_last_until_it_has_rested() -> None:
    now = 0.0
    replicas = Replicas("http://a, http://b/,http://c", clock=lambda: now)
    assert [replicas.in_turn()[0] for _ in range(4)] == ["http://a", "http://b", "http://c", "http://a"]
    replicas.refused("http://b")
    assert replicas.in_turn() == ["http://c", "http://a", "http://b"]
    now = REFUSED_SECONDS
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}
    replicas.silent("http://a")
    now += SILENT_SECONDS / 2
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://b", "http://c"}
    now += SILENT_SECONDS / 2
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}


def test_a_replica_with_calls_under_way_comes_after_those_with_fewer() -> None:
    replicas = Replicas("http://a,http://b,http://c")
    with replicas.call_under_way("http://a"), replicas.call_under_way("http://b"), replicas.call_under_way("http://b"):
        assert [replicas.in_turn() for _ in range(3)] == [["http://c", "http://a", "http://b"]] * 3
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}
