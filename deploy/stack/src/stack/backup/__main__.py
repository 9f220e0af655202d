"""`python -m stack.backup take|restore|erasures`: backups of a running stack, or of the Mongo that MONGO_URI names.

`take` writes one into the folder BACKUPS (`backups` in the stack's own), under the time at which it began, and ends
those that are older than BACKUP_DAYS (30). `restore` makes an empty system from the one that FROM names, else from the
newest. `erasures` adds each erasure to the log beside the backups as it happens, until it is stopped.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pymongo.errors import PyMongoError

from stack import options
from stack.backup import dump, erasures, load, manifest
from stack.backup.manifest import BackupError, Manifest
from stack.options import OptionError, Options
from stack.ports import PortClaims
from stack.processes import StartError
from stack.servers import KINDS, Mongo
from stack.state import State

_NAME = "%Y-%m-%dT%H-%M-%SZ"
_KEPT = {"server.json", "server.log"}
"""What a server of the stack has beside its data."""


def main() -> int:
    verbs = {"take": take, "restore": restore, "erasures": follow}
    verb = verbs.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if verb is None:
        print(__doc__)
        return 2
    try:
        chosen = options.read(os.environ)
        verb(chosen, Path(chosen.given.get("BACKUPS") or chosen.folder / "backups"))
    except (BackupError, OptionError, StartError, PyMongoError) as failure:
        print(f"{sys.argv[1]}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def take(chosen: Options, backups: Path) -> None:
    """A backup of what runs."""
    uri, started = _running(chosen), time.monotonic()
    folder = backups / datetime.now(UTC).strftime(_NAME)
    taken = dump.take(uri, folder)
    erasures.add_known(uri, backups / erasures.LOG)
    print(f"{folder}: {_said(taken, started)}, as of {taken.at:%Y-%m-%d %H:%M:%S} UTC")
    for old in _older_than(backups, int(chosen.given.get("BACKUP_DAYS") or 30)):
        shutil.rmtree(old)
        print(f"{old}: over, removed")


def restore(chosen: Options, backups: Path) -> None:
    """An empty system from a backup, and those forgotten again who were erased since."""
    folder, started = Path(chosen.given.get("FROM") or _newest(backups)), time.monotonic()
    with _empty(chosen) as uri:
        loaded = load.load(uri, folder)
        log = backups / erasures.LOG
        if log.exists():
            environment = {**chosen.given, "MONGO_URI": uri}
            command = [sys.executable, "-m", "identity.erase_again", str(log)]
            if subprocess.run(command, env=environment, check=False).returncode:
                again = f"run {' '.join(command[1:])}" if "MONGO_URI" in chosen.given else "restore again"
                raise BackupError(f"not all of {log} are erased again: see above, mend it, and {again}")
    print(f"{folder}: {_said(loaded, started)}, as of {loaded.at:%Y-%m-%d %H:%M:%S} UTC")
    print("Next: make up, make resync, make audit, and the cases (docs/backup.md).")


def follow(chosen: Options, backups: Path) -> None:
    """Until it is stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    erasures.follow(_running(chosen), backups / erasures.LOG)


def _said(of: Manifest, started: float) -> str:
    return f"{of.documents:,} documents, {of.bytes / 1e6:,.1f} MB in {time.monotonic() - started:.1f} s"


def _running(chosen: Options) -> str:
    """The Mongo that is given, or of the stack that runs."""
    stack_info = State(chosen.folder).stack_info()
    uri = chosen.given.get("MONGO_URI") or (stack_info["servers"]["mongo"]["uri"] if stack_info else None)
    if uri is None:
        raise BackupError("no stack runs here: start one with `make up`, or name a Mongo in MONGO_URI")
    return str(uri)


def _older_than(backups: Path, days: int) -> Iterator[Path]:
    """By their names; the newest stays whatever its age."""
    oldest = (datetime.now(UTC) - timedelta(days=days)).strftime(_NAME)
    yield from (folder for folder in _all(backups)[:-1] if folder.name < oldest)


def _newest(backups: Path) -> Path:
    backups_there = _all(backups)
    if not backups_there:
        raise BackupError(f"there is no backup in {backups}: name one in FROM, or its folder in BACKUPS")
    return backups_there[-1]


def _all(backups: Path) -> list[Path]:
    """From the oldest on: names are times."""
    folders = (file.parent for file in backups.glob(f"*/{manifest.MANIFEST}"))
    return sorted(folder for folder in folders if folder.suffix != dump.PARTIAL)


@contextmanager
def _empty(chosen: Options) -> Iterator[str]:
    """An empty Mongo that nobody uses: the one that is given, or a server that becomes the stack's when all is well.

    It listens on a port of its own, so that no process of a stack finds it half full.
    """
    if "MONGO_URI" in chosen.given:
        yield chosen.given["MONGO_URI"]
        return
    for name in KINDS:
        if any(path.name not in _KEPT for path in (chosen.data / name).glob("*")):
            raise BackupError(f"{chosen.data / name} has data: `make down`, then move {', '.join(KINDS)} there away")
    fresh = chosen.data / "mongo.restored"
    shutil.rmtree(fresh, ignore_errors=True)
    server = Mongo(fresh, PortClaims())
    server.start()
    try:
        server.wait_ready()
        yield server.uri
    finally:
        server.stop()
    (chosen.data / "mongo").mkdir(parents=True, exist_ok=True)
    (fresh / "db").rename(chosen.data / "mongo" / "db")
    shutil.rmtree(fresh)


if __name__ == "__main__":
    sys.exit(main())
