"""Which copy of a service is asked."""

from chassis.replicas import REST_AFTER_REFUSAL_SECONDS, REST_AFTER_TIMEOUT_SECONDS, Replicas


def test_a_copy_that_refused_comes_last_until_it_has_rested() -> None:
    now = 0.0
    replicas = Replicas("http://a, http://b/,http://c", clock=lambda: now)
    assert [replicas.in_turn()[0] for _ in range(4)] == ["http://a", "http://b", "http://c", "http://a"]
    replicas.note_refusal("http://b")
    assert replicas.in_turn() == ["http://c", "http://a", "http://b"]
    now = REST_AFTER_REFUSAL_SECONDS
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}
    replicas.note_timeout("http://a")
    now += REST_AFTER_TIMEOUT_SECONDS / 2
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://b", "http://c"}
    now += REST_AFTER_TIMEOUT_SECONDS / 2
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}


def test_a_replica_with_calls_under_way_comes_after_those_with_fewer() -> None:
    replicas = Replicas("http://a,http://b,http://c")
    with replicas.call_under_way("http://a"), replicas.call_under_way("http://b"), replicas.call_under_way("http://b"):
        assert [replicas.in_turn() for _ in range(3)] == [["http://c", "http://a", "http://b"]] * 3
    assert {replicas.in_turn()[0] for _ in range(3)} == {"http://a", "http://b", "http://c"}
