"""`make schemas`: writes the golden files anew. What breaks clients is written with `BREAKING=1` alone."""

import json
from pathlib import Path

from contracts.page import page as events_page
from contracts.subscriptions import EVENTS

from contracts.schemas import golden
from stack.documents import asyncapi, errors, openapi
from stack.documents.schemas import Schema

ROOT = Path(__file__).resolve().parents[5]
PACKAGED = Path("gateway/src/gateway/documents")
OPENAPI = PACKAGED / "openapi.json"


def files() -> dict[Path, str]:
    """Every golden file, by its path in the repository."""
    public = openapi.document()
    events = {Path(f"contracts/schemas/{event.type}.json"): golden(event) for event in EVENTS}
    return events | {
        OPENAPI: text(public),
        PACKAGED / "asyncapi.json": text(asyncapi.document()),
        Path("docs/errors.md"): errors.page(public),
        Path("docs/events.md"): events_page(),
    }


def text(document: Schema) -> str:
    """A document as its golden file has it."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Files of events that are no more go away."""
    wanted = files()
    for stale in {file.relative_to(ROOT) for file in (ROOT / "contracts/schemas").glob("*.json")} - wanted.keys():
        (ROOT / stale).unlink()
    for path, content in wanted.items():
        (ROOT / path).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
