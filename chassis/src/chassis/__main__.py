"""`python -m chassis SERVICE`: serve the application that `create()` of `SERVICE.main` makes."""

import gc
import importlib
import sys

from chassis.server import serve
from chassis.settings import ProcessSettings, load


def main(arguments: list[str]) -> None:
    """Serve the one service that the arguments name."""
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    gc.disable()  # a sixth of the start; imports leave next to nothing behind, and `serve` turns the collector on
    serve(importlib.import_module(f"{arguments[0]}.main").create(), load(ProcessSettings))


if __name__ == "__main__":
    main(sys.argv[1:])
