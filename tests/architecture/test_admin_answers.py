"""What admins and managers change answers with the ETag of what it has become, whichever service it is in."""

import json
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "gateway/src/gateway/documents/openapi.json"


def test_the_answer_to_every_change_of_an_admin_has_an_etag() -> None:
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    changes = {
        f"{method} {path}": answer
        for path, operations in paths.items()
        if path.startswith("/api/admin/")
        for method, operation in operations.items()
        if method in {"post", "put", "patch"}
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    }
    assert len(changes) >= 12
    assert [change for change, answer in changes.items() if "ETag" not in answer.get("headers", {})] == []
