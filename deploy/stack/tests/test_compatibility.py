"""What of a change to the public document breaks clients: every kind is found, what is only added is not."""

import copy
import json
import re
import subprocess
from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from stack.documents.__main__ import EVENT_FOLDER, OPENAPI, broken, files
from stack.documents.compatibility import breaks
from stack.documents.released import ROOT, Release, files_of, is_announced, is_before, last_release, releases

Document = dict[str, Any]
Change = Callable[[Document], None]
CODES = ("seats_unavailable", "showtime_closed")


SCHEMAS: Document = {
    "ErrorCode": {"type": "string", "enum": list(CODES)},
    "Problem": {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]},
    **{
        code: {
            "allOf": [{"$ref": "#/components/schemas/Problem"}],
            "properties": {"code": {"const": code}, "seatIds": {"type": "array"}},
        }
        for code in CODES
    },
    "NewHold": {
        "type": "object",
        "additionalProperties": False,
        "required": ["seatIds"],
        "properties": {
            "seatIds": {"type": "array", "maxItems": 10, "items": {"type": "string", "maxLength": 10}},
            "kind": {"enum": ["adult", "child"]},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
    },
    "Hold": {
        "type": "object",
        "required": ["id", "status", "parent"],
        "properties": {
            "id": {"type": "string"},
            "status": {"enum": ["active", "sold"]},
            "at": {"type": "string", "format": "date-time"},
            "parent": {"anyOf": [{"$ref": "#/components/schemas/Hold"}, {"type": "null"}]},
        },
    },
}


def a_document() -> Document:
    """One call that holds seats and one that reads a hold."""
    hold = {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Hold"}}},
        "description": "",
        "headers": {"ETag": {"schema": {"type": "string"}}},
    }
    problem = {"oneOf": [{"$ref": f"#/components/schemas/{code}"} for code in CODES]}
    refused = {"description": "", "content": {"application/problem+json": {"schema": problem}}}
    post = {
        "operationId": "holdSeats",
        "security": [],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewHold"}}},
        },
        "responses": {"201": hold, "409": {"$ref": "#/components/responses/Refused"}},
    }
    place = {"name": "holdId", "in": "path", "required": True, "schema": {"type": "string"}}
    page = {"name": "page", "in": "query", "schema": {"type": "integer", "maximum": 100}}
    get = {
        "operationId": "getHold",
        "security": [{"bearer": []}],
        "parameters": [place, page],
        "responses": {"200": hold},
    }
    return deepcopy(
        {
            "paths": {"/holds": {"post": post}, "/holds/{holdId}": {"get": get}},
            "components": {"responses": {"Refused": refused}, "schemas": SCHEMAS},
        }
    )


def at(document: Document, path: str) -> Any:
    """`schemas.Hold.properties` and the like, below the components; else from the root."""
    found: Any = document["components"] if path.split(".", maxsplit=1)[0] in document["components"] else document
    for key in path.split("."):
        found = found[key]
    return found


def setting(path: str, key: str, value: Any) -> Change:
    return lambda document: at(document, path).__setitem__(key, value)


def without(path: str, key: str) -> Change:
    return lambda document: at(document, path).__delitem__(key)


HOLDS, HOLD = "paths./holds.post", "paths./holds/{holdId}.get"
TAKEN, GIVEN = "schemas.NewHold.properties", "schemas.Hold.properties"
REF = "#/components/schemas/"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without("paths", "/holds"), "holdSeats: POST /holds was removed"),
        (setting(HOLD, "operationId", "readHold"), "getHold: is called readHold now"),
        (setting(HOLDS, "security", [{"bearer": []}]), "holdSeats: needs a token now"),
        (without(HOLD, "parameters"), "getHold parameter page: was removed"),
        (lambda d: at(d, HOLD)["parameters"][1].update(required=True), "getHold parameter page: is required now"),
        (
            lambda d: at(d, HOLD)["parameters"].append({"name": "x", "in": "query", "required": True, "schema": {}}),
            "getHold parameter x: is new and required",
        ),
        (
            lambda d: at(d, HOLD)["parameters"][1]["schema"].update(maximum=50),
            "getHold parameter page: maximum 50 is stricter than 100",
        ),
        (setting(HOLD, "requestBody", {"required": True, "content": {}}), "getHold body: is required now"),
        (without(HOLDS, "requestBody"), "holdSeats body: is not taken any more"),
        (
            lambda d: at(d, HOLDS)["requestBody"].update(content={"text/csv": {"schema": {}}}),
            "holdSeats body: application/json is not taken any more",
        ),
        (lambda d: at(d, "schemas.NewHold")["required"].append("kind"), "holdSeats body.kind: is required now"),
        (
            lambda d: (at(d, TAKEN).update(by={"type": "string"}), at(d, "schemas.NewHold")["required"].append("by")),
            "holdSeats body.by: is new and required now",
        ),
        (without(TAKEN, "note"), "holdSeats body.note: was removed"),
        (setting(f"{TAKEN}.seatIds", "type", "string"), "holdSeats body.seatIds: array is not taken any more"),
        (setting(f"{TAKEN}.seatIds", "maxItems", 8), "holdSeats body.seatIds: maxItems 8 is stricter than 10"),
        (setting(f"{TAKEN}.seatIds", "minItems", 1), "holdSeats body.seatIds: minItems 1 is stricter than none"),
        (setting(f"{TAKEN}.seatIds", "uniqueItems", True), "holdSeats body.seatIds: repeats are not taken any more"),
        (setting(f"{TAKEN}.seatIds.items", "pattern", "^A"), "holdSeats body.seatIds[]: pattern ^A in place of none"),
        (setting(f"{TAKEN}.kind", "enum", ["adult"]), "holdSeats body.kind: 'child' is not taken any more"),
        (setting(TAKEN, "note", {"type": "string"}), "holdSeats body.note: null is not taken any more"),
        (without(f"{HOLDS}.responses", "201"), "holdSeats 201: is not answered any more"),
        (
            setting(f"{HOLDS}.responses", "202", {"description": ""}),
            "holdSeats 202: is new, and no client waits for it",
        ),
        (
            lambda d: at(d, HOLDS)["responses"]["201"].update(content={"text/csv": {}}),
            "holdSeats 201: application/json is not answered any more",
        ),
        (lambda d: at(d, HOLDS)["responses"]["201"].update(headers={}), "holdSeats 201: the header ETag was removed"),
        (without(GIVEN, "id"), "getHold 200.id: was removed"),
        (setting("schemas.Hold", "required", ["status", "parent"]), "getHold 200.id: may be left out now"),
        (setting(f"{GIVEN}.id", "type", "integer"), "getHold 200.id: changed from string to integer"),
        (
            setting(GIVEN, "id", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
            "getHold 200.id: null is new, and no client knows it",
        ),
        (
            setting(f"{GIVEN}.status", "enum", ["active", "sold", "lost"]),
            "getHold 200.status: 'lost' is new, and no client knows it",
        ),
        (setting(f"{GIVEN}.status", "enum", ["active"]), "getHold 200.status: 'sold' is not answered any more"),
        (setting(GIVEN, "status", {"type": "string"}), "getHold 200.status: may be any value now"),
        (setting(f"{GIVEN}.at", "format", "date"), "getHold 200.at: format changed from date-time to date"),
        (
            lambda d: at(d, "responses.Refused.content.application/problem+json")["schema"]["oneOf"].pop(),
            "holdSeats 409: the code showtime_closed was removed",
        ),
        (
            without("schemas.seats_unavailable.properties", "seatIds"),
            "holdSeats 409 seats_unavailable.seatIds: was removed",
        ),
        (without("schemas.Problem.properties", "title"), "holdSeats 409 seats_unavailable.title: was removed"),
        (setting("schemas.ErrorCode", "enum", [CODES[0]]), "the code showtime_closed was removed"),
        (
            lambda d: d["components"]["schemas"].__setitem__("Held", d["components"]["schemas"].pop("ErrorCode")),
            "schema ErrorCode was removed: generated clients have a type of that name",
        ),
    ],
)
def test_each_kind_of_break_is_found_and_named(change: Change, said: str) -> None:
    new = a_document()
    change(new)
    assert said in breaks(a_document(), new)


@pytest.mark.parametrize(
    "change",
    [
        lambda _document: None,
        setting("paths", "/movies", {"get": {"operationId": "listMovies", "responses": {}}}),
        lambda d: at(d, HOLD)["parameters"].append({"name": "x", "in": "query", "schema": {"type": "string"}}),
        setting(HOLD, "security", []),
        setting(HOLD, "summary", "clearer"),
        setting(TAKEN, "tender", {"type": "string"}),
        setting(f"{TAKEN}.seatIds", "maxItems", 20),
        setting(f"{TAKEN}.kind", "enum", ["adult", "child", "senior"]),
        lambda d: at(d, f"{GIVEN}.status").update({"enum": ["active", "sold", "lost"], "x-extensible-enum": True}),
        setting("schemas.NewHold", "required", []),
        setting("schemas.NewHold", "anyOf", [{"required": ["seatIds"]}, {"required": ["kind"]}]),
        setting(GIVEN, "quote", {"type": "integer"}),
        setting(f"{GIVEN}.id", "enum", ["A1", "A2"]),
        lambda d: at(d, "schemas.Hold")["required"].append("at"),
        setting(GIVEN, "parent", {"$ref": f"{REF}Hold"}),
        lambda d: at(d, "schemas.ErrorCode")["enum"].append("hold_limit"),
        setting(f"{HOLDS}.responses", "429", {"description": ""}),
    ],
)
def test_what_is_only_added_or_allowed_breaks_nobody(change: Change) -> None:
    new = a_document()
    change(new)
    assert breaks(a_document(), new) == []


def test_golden_files_are_compared_each_by_its_own_rule() -> None:
    old, new = a_document(), copy.deepcopy(a_document())
    del new["paths"]["/holds"]
    event = {"properties": {"seat_ids": {"type": "array"}}}
    gone, changed = EVENT_FOLDER / "seating.gone.v1.json", EVENT_FOLDER / "seating.changed.v1.json"
    before = {OPENAPI: json.dumps(old), gone: "{}", changed: json.dumps(event)}
    after = {OPENAPI: json.dumps(new), changed: json.dumps({"properties": {}}), Path("docs/events.md"): ""}
    assert broken(before, after) == [
        "event seating.gone.v1 was removed",
        "holdSeats: POST /holds was removed",
        "seating.changed.v1: event.seat_ids was removed",
    ]


@pytest.mark.parametrize(
    ("before", "now", "announced"),
    [("0.1.0", "0.2.0", True), ("0.1.0", "0.1.4", False), ("1.2.0", "1.3.0", False), ("1.2.0", "2.0.0", True)],
)
def test_a_release_that_may_break_clients_says_so_in_its_number(before: str, now: str, announced: bool) -> None:
    assert is_announced(before, now) is announced


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@marquee.example", "-c", "tag.gpgSign=false")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_the_files_of_the_newest_release_are_read_whatever_lies_in_the_work_tree(tmp_path: Path) -> None:
    file = EVENT_FOLDER / "seating.seats_held.v1.json"
    (tmp_path / EVENT_FOLDER).mkdir(parents=True)
    git(tmp_path, "init", "-q")
    commits = []
    for content in ("1", "2", "3"):
        (tmp_path / file).write_text(content, encoding="utf-8")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", content)
        commits.append(git(tmp_path, "rev-parse", "HEAD"))
    named = {"0.1.0": commits[0], "0.2.0": commits[1], "0.3.0": "0" * 40}  # the last is of another history
    (tmp_path / "releases.json").write_text(json.dumps(named), encoding="utf-8")
    assert last_release(tmp_path) == Release("0.2.0", commits[1])
    assert files_of(commits[1], EVENT_FOLDER, root=tmp_path) == {file: "2"}
    assert files_of(commits[1], Path("docs/none.md"), root=tmp_path) == {}


def test_the_changelog_names_the_releases_that_the_file_does() -> None:
    headings = re.findall(r"^## \[(\d\S*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[::-1] == [each.version for each in releases()]


RELEASE = last_release(ROOT)
if RELEASE is not None:

    def test_each_release_is_in_the_history_under_its_own_version_and_after_the_one_before() -> None:
        for each in releases():
            (document,) = files_of(each.commit, OPENAPI).values()
            assert json.loads(document)["info"]["version"] == each.version
        for before, after in pairwise(releases()):
            assert is_before(before.commit, after.commit)

    def test_clients_and_subscribers_of_the_last_release_are_understood() -> None:
        commit = RELEASE.commit if RELEASE else ""
        before, now = files_of(commit, OPENAPI) | files_of(commit, EVENT_FOLDER), files()
        versions = [json.loads(one[OPENAPI])["info"]["version"] for one in (before, now) if OPENAPI in one]
        assert is_announced(versions[0], versions[-1]) or broken(before, now) == []
