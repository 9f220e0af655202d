"""The last release as it can be run: its files out of the history, in an environment of its own."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from stack.documents.released import ROOT, Release, last_release

_FOLDER = Path(tempfile.gettempdir()) / "marquee-releases"


def python_of(commit: str = "") -> tuple[str, str]:
    """The version of the last release, or a given commit, and the interpreter that has it installed; made where it is
    not there yet (some minutes).

    Raises `SystemExit` with what to do where there is none.
    """
    release = Release(commit, commit) if commit else last_release()
    if release is None:
        raise SystemExit("no release is known: the history has to be whole (git fetch --unshallow)")
    home = _FOLDER / release.commit
    if not (home / ".venv" / ".stamp").exists():
        _unpack(release.commit, home)
        print(f"Setting up {release.version} in {home} …", flush=True)
        subprocess.run(["make", ".venv/.stamp"], cwd=home, check=True)  # noqa: S607  the release's own
    return release.version, str(home / ".venv" / "bin" / "python")


def _unpack(commit: str, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603, S607
    subprocess.run(["tar", "x"], cwd=home, input=archive, check=True)  # noqa: S607
