"""The record of an admin's change: what of a thing it holds."""

from pydantic import JsonValue

from contracts.audit import differing
from contracts.catalog import AuditRecorded


def test_what_stayed_is_left_out_at_every_depth() -> None:
    before: dict[str, JsonValue] = {"name": "A", "geo": {"lat": 1, "lng": 2}, "amenities": ["cafe"], "code": None}
    after: dict[str, JsonValue] = {
        "name": "A",
        "geo": {"lat": 1, "lng": 3},
        "amenities": ["cafe", "bar"],
        "taxId": "x",
    }
    assert differing(before, after) == (
        {"geo": {"lng": 2}, "amenities": ["cafe"], "code": None},
        {"geo": {"lng": 3}, "amenities": ["cafe", "bar"], "taxId": "x"},
    )


def test_what_is_made_has_nothing_before_and_what_is_removed_nothing_after() -> None:
    made = AuditRecorded.of("usr_1", "movies.created", "mov_1", None, {"title": "A"})
    removed = AuditRecorded.of("usr_1", "movies.deleted", "mov_1", {"title": "A"}, None)
    assert (made.before, made.after) == (None, {"title": "A"})
    assert (removed.before, removed.after) == ({"title": "A"}, None)
    assert made.audit_id < removed.audit_id
