"""`make schemas`: rewrites the golden schemas of all events and `docs/events.md`. The diff is the review."""

from pathlib import Path

from contracts.page import page
from contracts.subscriptions import EVENTS

from contracts.schemas import golden

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Files of events that are no more go away."""
    folder = ROOT / "contracts" / "schemas"
    folder.mkdir(exist_ok=True)
    wanted = {folder / f"{event.type}.json": golden(event) for event in EVENTS}
    for stale in set(folder.glob("*.json")) - wanted.keys():
        stale.unlink()
    for file, text in {**wanted, ROOT / "docs" / "events.md": page()}.items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
