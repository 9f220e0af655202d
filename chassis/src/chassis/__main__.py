"""`python -m chassis SERVICE`: serve the application that `create()` of `SERVICE.main` makes."""

import importlib
import sys

from chassis.server import serve
from chassis.settings import ProcessSettings, load


def main(arguments: list[str]) -> None:
    """Serve the one service that the arguments name."""
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    serve(importlib.import_module(f"{arguments[0]}.main").create(), load(ProcessSettings))


if __name__ == "__main__":
    main(sys.argv[1:])
