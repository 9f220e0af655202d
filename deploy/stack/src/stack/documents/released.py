"""The releases, as `releases.json` names them with their commits, and the golden files that each published."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[5]
_FILE = "releases.json"


@dataclass(frozen=True, slots=True)
class Release:
    """A version that was given out, and its commit."""

    version: str
    commit: str


def releases(root: Path = ROOT) -> list[Release]:
    """All of them, oldest first."""
    named: dict[str, str] = json.loads((root / _FILE).read_text(encoding="utf-8"))
    return [Release(version, commit) for version, commit in named.items()]


def last_release(root: Path = ROOT) -> Release | None:
    """The newest one that the commit at hand comes after; None where the history is not there."""
    newest_first = reversed(releases(root))
    return next((each for each in newest_first if is_before(each.commit, "HEAD", root=root)), None)


def is_before(commit: str, later: str, *, root: Path = ROOT) -> bool:
    """Whether both are in the history, the first within that of the other."""
    return _git(root, "merge-base", "--is-ancestor", commit, later) is not None


def files_of(commit: str, path: Path, *, root: Path = ROOT) -> dict[Path, str]:
    """The file of that name at the commit, or those of that folder."""
    listed = (_git(root, "ls-tree", "-r", "--name-only", commit, path.as_posix()) or "").splitlines()
    return {Path(name): _git(root, "show", f"{commit}:{name}") or "" for name in listed}


def is_announced(before: str, now: str) -> bool:
    """Whether the number of a version says that it may break clients of another (semver: of 0.x the second counts)."""

    def promise(version: str) -> list[str]:
        major, minor, *_ = version.split(".")
        return [major, minor] if major == "0" else [major]

    return promise(before) != promise(now)


def _git(root: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    done = git and subprocess.run([git, *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.rstrip("\n") if done and done.returncode == 0 else None
