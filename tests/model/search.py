"""Breadth-first search of a world: every state once, and the shortest script of steps to a breach."""

from collections import deque
from typing import NamedTuple

from .invariants import breach, quiet
from .protocol import State, World
from .steps import steps


class Found(NamedTuple):
    """The end of a search: `breach` names an invariant, or is `stuck`; empty when the world was seen whole without."""

    states: int
    breach: str = ""
    script: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = (f"{number:3}. {line}" for number, line in enumerate(self.script, 1))
        return "\n".join((f"{self.breach or 'no breach'} after {self.states} states", *lines))


Origins = dict[State, tuple[State, str] | None]


def search(world: World) -> Found:
    """See every state of the world, nearest first, until a step breaks an invariant or nothing can happen any more."""
    origins: Origins = {world.start: None}
    waiting = deque([world.start])
    while waiting:
        state = waiting.popleft()
        after = None
        for says, after in steps(world, state):
            if broken := breach(world, state, after):
                return Found(len(origins), broken, (*_script(origins, state), says))
            if after not in origins:
                origins[after] = (state, says)
                waiting.append(after)
        if after is None and not quiet(state):
            return Found(len(origins), "stuck", _script(origins, state))
    return Found(len(origins))


def _script(origins: Origins, state: State) -> tuple[str, ...]:
    lines: list[str] = []
    while origin := origins[state]:
        state, says = origin
        lines.append(says)
    return tuple(reversed(lines))
