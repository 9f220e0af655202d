"""When a payment's due work is due: one entry per task, kept while the task is, at growing distances."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from payment.advance import ANNOUNCE, LOOK, WATCH
from payment.domain import Value


class Entry(Value):
    """A task, when it is due and how often it was begun."""

    task: str
    at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Distances:
    """How far apart the tries of each kind of work lie; each distance is twice the one before, up to `most`."""

    look: timedelta
    announce: timedelta
    refund: timedelta
    watch: timedelta
    most: timedelta

    def first(self, task: str) -> timedelta:
        """From the moment the task arises to its first try. A refund is due at once."""
        return {LOOK: self.look, ANNOUNCE: self.announce}.get(
            task, self.watch if task.startswith(WATCH) else timedelta(0)
        )

    def after(self, task: str, tries: int) -> timedelta:
        """From one try to the next, after so many."""
        start = self.first(task) or self.refund
        return min(self.most, start * float(2 ** min(tries, 30)))


def rescheduled(
    agenda: Iterable[Entry], tasks: Iterable[str], now: datetime, distances: Distances, failures: Mapping[str, int]
) -> list[Entry]:
    """Entries of tasks that remain, and new ones for those that have arisen; after `failures` of a task it waits."""
    known = {entry.task: entry for entry in agenda}

    def wait(task: str) -> timedelta:
        failed = failures.get(task, 0)
        return distances.after(task, failed - 1) if failed else distances.first(task)

    return [known.get(task) or Entry(task=task, at=now + wait(task)) for task in sorted(tasks)]


def due(agenda: Iterable[Entry], now: datetime) -> list[Entry]:
    """Entries whose time has come."""
    return [entry for entry in agenda if entry.at <= now]
