"""Confirmed events leave a document in its next write, whatever others take out of it in the meantime."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chassis.outbox import without

Ids = list[str]


def entries(ids: Ids) -> list[dict[str, str]]:
    return [{"id": id_} for id_ in ids]


def stored_after(update: Any, stored: Ids) -> Ids:
    """What Mongo makes of an outbox: an update pushes, then cuts; or it pulls."""
    push = update.get("$push", {}).get("outbox", {"$each": []})
    pulled = update.get("$pull", {}).get("outbox", {"id": {"$in": []}})["id"]["$in"]
    whole = stored + [entry["id"] for entry in push["$each"]]
    return [id_ for id_ in whole[push.get("$slice", -len(whole)) :] if id_ not in pulled]


LETTERS = st.sampled_from("abcdef")
IDS = st.lists(LETTERS, unique=True)


@given(
    stored=IDS,
    confirmed=st.sets(st.sampled_from("abcdef"), min_size=1),
    pulled=st.sets(st.sampled_from("abcdef")),
    new=IDS,
)
def test_no_event_is_lost_that_was_not_confirmed_and_none_that_was_stays_at_the_head(
    stored: Ids, confirmed: set[str], pulled: set[str], new: Ids
) -> None:
    """`pulled` were confirmed to another process, which takes them out between our read and our write."""
    new = [f"new-{id_}" for id_ in new]
    update = {"$set": {"a": 1}, **({"$push": {"outbox": {"$each": entries(new)}}} if new else {})}
    written, removed = without(confirmed, {"outbox": entries(stored)}, update)
    left = stored_after(written, [id_ for id_ in stored if id_ not in pulled])
    assert [id_ for id_ in left if id_ not in confirmed] == [
        id_ for id_ in [*stored, *new] if id_ not in confirmed | pulled
    ]
    if not pulled:
        assert set(removed).isdisjoint(left)
    assert written["$set"] == {"a": 1}


def test_what_an_update_pulls_from_other_fields_stays_in_it() -> None:
    written, removed = without({"a"}, {"outbox": entries(["a"])}, {"$pull": {"names": "x"}, "$set": {"b": 1}})
    assert written == {"$pull": {"names": "x", "outbox": {"id": {"$in": ["a"]}}}, "$set": {"b": 1}}
    assert set(removed) == {"a"}


def test_a_document_that_has_had_no_event_gets_its_first_one() -> None:
    update = {"$push": {"outbox": {"$each": entries(["b"])}}}
    assert without({"a"}, {}, update) == (update, ())
