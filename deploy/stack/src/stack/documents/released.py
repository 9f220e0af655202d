"""What the last release published: golden files as its tag has them."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[5]


def last_release(root: Path = ROOT) -> str | None:
    """The newest tag `v…` that the commit at hand comes after; None where there is none, or no git."""
    return _git(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*") or None


def files_of(release: str, path: Path, *, root: Path = ROOT) -> dict[Path, str]:
    """The file of that name in the release, or those of that folder."""
    listed = (_git(root, "ls-tree", "-r", "--name-only", release, path.as_posix()) or "").splitlines()
    return {Path(name): _git(root, "show", f"{release}:{name}") or "" for name in listed}


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
