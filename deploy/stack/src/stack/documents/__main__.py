"""`make schemas`: writes the golden files anew. What breaks clients is written with `BREAKING=1` alone."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from contracts.markdown import events_page
from contracts.schemas import breaks as breaks_of_event
from contracts.schemas import golden
from contracts.subscriptions import EVENTS
from stack.documents import asyncapi, chart, compatibility, errors, openapi, settings_page
from stack.documents.released import ROOT, files_of
from stack.documents.schemas import Schema

EVENT_FOLDER = Path("contracts/schemas")
PACKAGED = Path("gateway/src/gateway/documents")
OPENAPI = PACKAGED / "openapi.json"
CHART = Path("deploy/charts/marquee")


def files() -> dict[Path, str]:
    """Every golden file, by its path in the repository."""
    public = openapi.document()
    events = {EVENT_FOLDER / f"{event.type}.json": golden(event) for event in EVENTS}
    return events | {
        OPENAPI: text(public),
        PACKAGED / "asyncapi.json": text(asyncapi.document()),
        CHART / "design.json": text(chart.design()),
        CHART / "values.schema.json": text(chart.values_schema()),
        Path("docs/errors.md"): errors.page(public),
        Path("docs/events.md"): events_page(),
        Path("docs/settings.md"): settings_page.page(),
    }


def text(document: Schema) -> str:
    """A document as its golden file has it."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def broken(before: Mapping[Path, str], after: Mapping[Path, str]) -> list[str]:
    """Each change between two sets of golden files that breaks a client or a subscriber, as a line."""
    lines = [f"event {path.stem} was removed" for path in before if path.parent == EVENT_FOLDER and path not in after]
    for path, content in before.items():
        if path in after and path.suffix == ".json":
            old, new = json.loads(content), json.loads(after[path])
            if path == OPENAPI:
                lines += compatibility.breaks(old, new)
            elif path.parent == EVENT_FOLDER:
                lines += [f"{path.stem}: {line}" for line in breaks_of_event(old, new)]
    return lines


def committed() -> dict[Path, str]:
    """The golden files of the last commit, whatever lies in the work tree, where a merge may have left its marks."""
    return files_of("HEAD", OPENAPI) | files_of("HEAD", EVENT_FOLDER)


def main() -> None:
    """Files of events that are no more go away."""
    wanted, there = files(), committed()
    lines = broken(there, wanted)
    print("".join(f"breaks clients: {line}\n" for line in lines), end="")
    if lines and os.environ.get("BREAKING") != "1":
        sys.exit("Nothing was written. Where it is meant: BREAKING=1 make schemas, and a line in the changelog.")
    for stale in {file.relative_to(ROOT) for file in (ROOT / EVENT_FOLDER).glob("*.json")} - wanted.keys():
        (ROOT / stale).unlink()
    for path, content in wanted.items():
        (ROOT / path).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
