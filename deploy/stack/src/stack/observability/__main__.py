"""`make observability`: writes the rules of the objectives and the dashboards into the chart."""

import json
from pathlib import Path

import yaml

from stack.observability.dashboards import DASHBOARDS
from stack.observability.objectives import rules

ROOT = Path(__file__).parents[5]
CHART = Path("deploy/charts/marquee")
_HEAD = "# Made by `make observability` from stack/observability/objectives.py: change it there.\n"


def files() -> dict[Path, str]:
    """Every file made from code, by its path in the repository."""
    of_objectives = _HEAD + yaml.safe_dump(rules(), sort_keys=False, width=100_000)
    made = {CHART / "rules" / "objectives.yml": of_objectives}
    for dashboard in DASHBOARDS:
        text = json.dumps(dashboard.document(), indent=1, ensure_ascii=False) + "\n"
        made[CHART / "dashboards" / f"{dashboard.name}.json"] = text
    return made


def main() -> None:
    """Write what differs."""
    for path, text in files().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
