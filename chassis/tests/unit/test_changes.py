"""What a change leaves out stays, at every depth."""

from typing import Annotated, Any

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, model_validator

from chassis.bodies import RequestBody
from chassis.changes import Change, merged


class Tier(RequestBody):
    hours: int
    percent: int = 100


class Policy(RequestBody):
    tiers: tuple[Tier, ...] = ()
    fees_refunded: bool = True


class Contact(RequestBody):
    phone: str | None = None
    email: str | None = None


class Numbering(RequestBody):
    from_: Annotated[str, Field(alias="from")] = "left"
    count: str = "columns"


class NewTheater(RequestBody):
    """A theater."""

    name: Annotated[str, Field(min_length=1)]
    floor: int
    ceiling: int
    contact: Contact = Contact()
    policy: Policy = Field(default_factory=Policy)
    numbering: Numbering = Numbering()
    labels: dict[str, Tier] = Field(default_factory=dict)
    second: Policy | None = None

    @model_validator(mode="after")
    def _upright(self) -> "NewTheater":
        if self.floor >= self.ceiling:
            raise ValueError("the floor is above the ceiling")
        return self


class TheaterPatch(Change[NewTheater]):
    """What to change of a theater."""


STORED: dict[str, Any] = {
    "_id": "thr_1",
    "version": 3,
    "name": "Roxy",
    "floor": 1,
    "ceiling": 5,
    "contact": {"phone": "1", "email": "a@b"},
    "policy": {"tiers": [{"hours": 2, "percent": 50}], "fees_refunded": False},
    "numbering": {"from_": "right", "count": "seats"},
    "labels": {"A1": {"hours": 1, "percent": 1}},
    "second": None,
}


def after(change: dict[str, Any]) -> dict[str, Any]:
    return TheaterPatch.model_validate(change).applied(STORED).model_dump(mode="json")


def stored(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in {**STORED, **changed}.items() if name not in {"_id", "version"}}


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ({}, {}),
        ({"name": "Rex"}, {"name": "Rex"}),
        ({"contact": {}}, {}),
        ({"contact": {"phone": "2"}}, {"contact": {"phone": "2", "email": "a@b"}}),
        ({"contact": {"phone": None}}, {"contact": {"phone": None, "email": "a@b"}}),
        ({"policy": {"feesRefunded": True}}, {"policy": {**STORED["policy"], "fees_refunded": True}}),
        ({"policy": {"tiers": []}}, {"policy": {"tiers": [], "fees_refunded": False}}),
        (
            {"policy": {"tiers": [{"hours": 9}]}},
            {"policy": {"tiers": [{"hours": 9, "percent": 100}], "fees_refunded": False}},
        ),
        ({"numbering": {"from": "left"}}, {"numbering": {"from_": "left", "count": "seats"}}),
        ({"labels": {"A1": {"hours": 5}}}, {"labels": {"A1": {"hours": 5, "percent": 1}}}),
        ({"labels": {"A2": {"hours": 5}}}, {"labels": {**STORED["labels"], "A2": {"hours": 5, "percent": 100}}}),
        ({"labels": {"A1": None}}, {"labels": {}}),
        ({"second": {"feesRefunded": False}}, {"second": {"tiers": [], "fees_refunded": False}}),
        ({"second": None}, {}),
    ],
)
def test_what_is_left_out_stays_at_every_depth(change: dict[str, Any], differing: dict[str, Any]) -> None:
    assert after(change) == stored(**differing)


@pytest.mark.parametrize(
    "bad",
    [
        {"name": None},
        {"name": ""},
        {"contact": None},
        {"policy": {"tiers": None}},
        {"policy": {"feesRefunded": None}},
        {"policy": {"fees_refunded": True}},
        {"nmae": "x"},
        {"contact": {"fax": "1"}},
        {"labels": {"A1": {"huors": 1}}},
        {"labels": None},
        {"numbering": {"from_": "left"}},
        {"policy": {"tiers": [{"percent": 1}]}},
    ],
)
def test_what_no_whole_body_could_hold_no_change_can_bring(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TheaterPatch.model_validate(bad)


@pytest.mark.parametrize(
    ("bad", "path"),
    [({"floor": 7}, ("body",)), ({"labels": {"A3": {"percent": 1}}}, ("body", "labels", "A3", "hours"))],
)
def test_what_is_right_alone_may_be_wrong_beside_what_stays(bad: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(RequestValidationError) as refused:
        after(bad)
    assert [error["loc"] for error in refused.value.errors()] == [path]


def test_a_change_tells_neither_defaults_nor_what_is_required_nor_that_null_would_do() -> None:
    schema = TheaterPatch.model_json_schema()
    changes = [schema, *(part for name, part in schema["$defs"].items() if name.endswith("Change"))]
    assert len(changes) == 5
    for part in changes:
        assert part["additionalProperties"] is False
        assert "required" not in part
        assert not any("default" in field for field in part["properties"].values())
    assert schema["properties"]["name"] == {"minLength": 1, "title": "Name", "type": "string"}
    assert schema["description"] == "What to change of a theater."


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=2), JSON, max_size=4)


@given(OBJECTS, OBJECTS)
def test_merging_again_changes_nothing_and_what_is_not_named_stays(present: Any, change: Any) -> None:
    whole = merged(present, change)
    assert merged(whole, change) == whole
    assert {name: value for name, value in whole.items() if name not in change} == {
        name: value for name, value in present.items() if name not in change
    }
