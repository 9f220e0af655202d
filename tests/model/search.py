"""Breadth-first search of a world: every state once, and the shortest script of steps to a breach."""

import gc
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple


class Rules(NamedTuple):
    """What may happen next in a world, which invariant a step breaks, and when nothing is left to do."""

    steps: Callable[[Any, Any], Iterable[tuple[str, Any]]]
    breach: Callable[[Any, Any, Any], str]
    quiet: Callable[[Any, Any], bool]


class SearchResult(NamedTuple):
    """The end of a search: `breach` names an invariant, or is `stuck`; empty when the world was seen whole without."""

    states: int
    breach: str = ""
    script: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = (f"{number:3}. {line}" for number, line in enumerate(self.script, 1))
        return "\n".join((f"{self.breach or 'no breach'} after {self.states} states", *lines))


class Model(NamedTuple):
    """A protocol with its proof: `breaches` says of each safeguard in which world what breaks without it. No world has
    as few states as `least`, or it did not happen."""

    rules: Rules
    worlds: Mapping[str, Any]
    safeguards: Collection[str]
    breaches: Mapping[str, tuple[str, str]]
    least: int

    def must_hold_in(self, world: str) -> None:
        result = search(self.worlds[world], self.rules)
        assert not result.breach, f"\n{result}"
        assert result.states > self.least

    def must_try_every_safeguard(self) -> None:
        assert set(self.breaches) == set(self.safeguards)

    def must_break_without(self, safeguard: str) -> SearchResult:
        """The shortest script to the breach."""
        world, invariant = self.breaches[safeguard]
        result = search(self.worlds[world]._replace(lacks=safeguard), self.rules)
        assert result.breach == invariant, f"\n{result}"
        return result


Origins = dict[Any, tuple[Any, str] | None]


@contextmanager
def _uncollected() -> Iterator[None]:
    """States are tuples that stay and form no cycles: the collector would walk them in vain."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_uncollected()
def search(world: Any, rules: Rules) -> SearchResult:
    """See every state of the world, nearest first, until a step breaks an invariant or nothing can happen any more."""
    origins: Origins = {world.start: None}
    waiting = deque([world.start])
    while waiting:
        state = waiting.popleft()
        after = None
        for says, after in rules.steps(world, state):
            if broken := rules.breach(world, state, after):
                return SearchResult(len(origins), broken, (*_script(origins, state), says))
            origin = (state, says)
            if origins.setdefault(after, origin) is origin:  # hashed once: a state is large
                waiting.append(after)
        if after is None and not rules.quiet(world, state):
            return SearchResult(len(origins), "stuck", _script(origins, state))
    return SearchResult(len(origins))


def _script(origins: Origins, state: Any) -> tuple[str, ...]:
    lines: list[str] = []
    while origin := origins[state]:
        state, says = origin
        lines.append(says)
    return tuple(reversed(lines))
