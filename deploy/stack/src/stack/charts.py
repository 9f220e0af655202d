"""`make charts`: the Helm chart under `deploy/charts`, checked and rendered; its golden renderings written anew."""

import re
import subprocess
import sys
from pathlib import Path

from stack import install

FOLDER = Path(__file__).parents[3] / "charts"
CHART = FOLDER / "marquee"
RELEASE = "marquee"
KUBERNETES = "1.34.0"
"""The version that is rendered for; the chart's own `kubeVersion` is the oldest it takes."""


class ChartError(Exception):
    """Helm refuses the chart or its values; the text is Helm's own."""


def value_files() -> list[Path]:
    """The files of values that have a golden rendering."""
    return sorted((FOLDER / "values").glob("*.yaml"))


def golden_of(values: Path) -> Path:
    """Where a file's rendering is committed."""
    return FOLDER / "golden" / values.name


def lint(values: Path, *more: str) -> None:
    """Raises `ChartError`."""
    _helm("lint", "--strict", "--quiet", str(CHART), "--values", str(values), *more)


def rendered(values: Path, *more: str) -> str:
    """All objects, as YAML. `more` are options of Helm, such as `--set`. Raises `ChartError`."""
    return _helm("template", RELEASE, str(CHART), "--kube-version", KUBERNETES, "--values", str(values), *more)


def reviewed(values: Path) -> str:
    """What is golden of a rendering: all but alarms and dashboards, which have files of their own."""
    documents = rendered(values).split("\n---\n")
    return "\n---\n".join(
        each for each in documents if not re.search(r"^kind: (PrometheusRule|ConfigMap)$", each, re.MULTILINE)
    )


def _helm(verb: str, *arguments: str) -> str:
    done = subprocess.run([install.helm(), verb, *arguments], check=False, capture_output=True, text=True)
    if done.returncode:
        raise ChartError((done.stdout + done.stderr).strip())
    return done.stdout


def main() -> None:
    """Check and render all."""
    try:
        for values in value_files():
            lint(values)
            golden_of(values).write_text(reviewed(values), encoding="utf-8")
            print(f"{values.stem}: fine, written to {golden_of(values).relative_to(Path.cwd())}")
    except (ChartError, install.InstallError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
