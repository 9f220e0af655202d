"""`python -m chassis SERVICE` starts a service; `dead-letters list|replay SERVICE` shows or replays dead letters."""

import importlib
import sys

from chassis import dead_letters
from chassis.app import serve
from chassis.settings import ProcessSettings, load


def main(arguments: list[str]) -> None:
    """Run what the command line names."""
    match arguments:
        case ["dead-letters", ("list" | "replay") as verb, service]:
            dead_letters.run(verb, service)
        case [service]:
            module = importlib.import_module(f"{service}.main")
            serve(
                module.create(),
                load(ProcessSettings),
                loop=getattr(module, "LOOP", "uvloop"),
                http=module.http() if hasattr(module, "http") else "httptools",
            )
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
