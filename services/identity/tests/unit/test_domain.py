"""Rights without any server: which are the same, and what a body gives."""

from typing import Any

import pytest
from services.identity.tests.factories import MANAGER_HERE_STAFF_THERE, REGAL, ROXY

from chassis.problems import InvalidInput
from identity.domain import Grant, Rights
from identity.schemas import RoleGrant


def rights(body: dict[str, Any]) -> Rights:
    return RoleGrant.model_validate(body).rights()


def test_order_and_repeats_make_no_difference() -> None:
    grants = [Grant(REGAL, "staff"), Grant(ROXY, "manager"), Grant(ROXY, "staff")]
    assert Rights.of(["user", "admin"], grants) == Rights.of(["admin", "user", "user"], [*reversed(grants), *grants])


def test_rights_tell_all_roles_by_rank_and_the_roles_of_each_theater() -> None:
    several = Rights.of(["user"], [Grant(ROXY, "manager"), Grant(REGAL, "staff"), Grant(ROXY, "staff")])
    assert several.all_roles == ["user", "staff", "manager"]
    assert several.by_theater == {ROXY: ["staff", "manager"], REGAL: ["staff"]}


@pytest.mark.parametrize(
    ("body", "roles", "by_theater"),
    [
        ({"roles": ["user"]}, ("user",), {}),
        ({"roles": ["admin"]}, ("admin",), {}),
        (
            {"roles": ["user", "manager"], "theaterIds": [ROXY, REGAL]},
            ("user",),
            {ROXY: ["manager"], REGAL: ["manager"]},
        ),
        ({"roles": ["staff"], "theaterIds": [ROXY, ROXY]}, (), {ROXY: ["staff"]}),
        ({"grants": MANAGER_HERE_STAFF_THERE}, ("user",), {ROXY: ["manager"], REGAL: ["staff"]}),
        ({"grants": []}, ("user",), {}),
        (
            {"roles": ["user", "admin"], "grants": MANAGER_HERE_STAFF_THERE},
            ("user", "admin"),
            {ROXY: ["manager"], REGAL: ["staff"]},
        ),
        (
            {"roles": ["staff", "manager"], "theaterIds": [REGAL, ROXY], "grants": MANAGER_HERE_STAFF_THERE},
            (),
            {ROXY: ["manager"], REGAL: ["staff"]},
        ),
    ],
)
def test_a_body_says_who_is_what_where(
    body: dict[str, Any], roles: tuple[str, ...], by_theater: dict[str, list[str]]
) -> None:
    assert (rights(body).roles, rights(body).by_theater) == (roles, by_theater)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "roles"),
        ({"theaterIds": [ROXY]}, "roles"),
        ({"roles": ["manager"]}, "theaterIds"),
        ({"roles": ["user", "staff"], "theaterIds": []}, "theaterIds"),
        ({"roles": ["user"], "theaterIds": [ROXY]}, "theaterIds"),
        ({"roles": ["admin"], "theaterIds": [ROXY]}, "theaterIds"),
        ({"roles": ["manager"], "grants": []}, "grants"),
        ({"roles": ["manager"], "grants": MANAGER_HERE_STAFF_THERE[1:]}, "grants"),
        ({"theaterIds": [ROXY], "grants": MANAGER_HERE_STAFF_THERE[1:]}, "grants"),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused(body: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rights(body)
    assert [error["path"] for error in refused.value.members["errors"]] == [path]
