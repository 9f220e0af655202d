"""Arithmetic on what was used in a stretch of time: differences, the idle share taken off, medians of rounds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Amounts = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Usage:
    """Amounts by name that were used in that many seconds."""

    seconds: float
    amounts: Amounts

    def a_second(self) -> dict[str, float]:
        """Amounts a second."""
        return {name: amount / self.seconds for name, amount in self.amounts.items()}


def difference(after: Amounts, before: Amounts) -> dict[str, float]:
    """What came on top; a name that was not there before started at 0."""
    return {name: amount - before.get(name, 0) for name, amount in after.items()}


def per_unit(busy: Usage, idle: Usage, units: int) -> dict[str, float]:
    """What one of the units of work took, without what an idle stretch as long takes as well."""
    a_second = idle.a_second()
    return {name: (amount - a_second.get(name, 0) * busy.seconds) / units for name, amount in busy.amounts.items()}


def with_a_part_apart(amounts: Amounts, whole: str, part: str, amount: float) -> dict[str, float]:
    """The amounts with a part of one under a name of its own."""
    return {**amounts, whole: amounts.get(whole, 0) - amount, part: amount}


def with_sums(amounts: Amounts, groups: Mapping[str, Iterable[str]]) -> dict[str, float]:
    """The amounts, and of each group what its members amount to together."""
    return {**amounts, **{name: sum(amounts.get(member, 0) for member in group) for name, group in groups.items()}}


def medians(rounds: Sequence[Amounts]) -> dict[str, float]:
    """Of each name over all rounds; where a round lacks it, it counts 0."""
    names = {name: None for amounts in rounds for name in amounts}  # in the order of their first appearance
    return {name: median(amounts.get(name, 0) for amounts in rounds) for name in names}
