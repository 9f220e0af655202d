"""When a payment's due work is due: one entry for each task, as long as the task is there, at growing intervals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from payment.advance import ANNOUNCE, DISPUTE, POLL, WATCH
from payment.domain import Value


class ScheduledTask(Value):
    """A task, when it is due next, and how often it was begun."""

    task: str
    at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class RetryIntervals:
    """The first interval of each kind of task. Each interval is twice the one before, up to `maximum`."""

    poll: timedelta
    announce: timedelta
    refund: timedelta
    watch: timedelta
    maximum: timedelta

    def before_first(self, task: str) -> timedelta:
        """From the moment the task arises to its first try. A refund is due at once."""
        if task.startswith((WATCH, DISPUTE)):
            return self.watch
        return {POLL: self.poll, ANNOUNCE: self.announce}.get(task, timedelta(0))

    def after(self, task: str, tries: int) -> timedelta:
        """From one try to the next, after so many."""
        first = self.before_first(task) or self.refund
        return min(self.maximum, first * float(2 ** min(tries, 30)))


def rescheduled(
    schedule: Iterable[ScheduledTask],
    tasks: Iterable[str],
    now: datetime,
    intervals: RetryIntervals,
    *,
    failures: Mapping[str, int],
    due_at: Mapping[str, datetime],
) -> list[ScheduledTask]:
    """The entries of tasks that are still there, and new ones for those that have arisen.

    `failures` says of a task how often it came to nothing before it arose again: it waits as long as after so many.
    `due_at` says when a task is tried first that has a time of its own.
    """
    known = {entry.task: entry for entry in schedule}

    def interval(task: str) -> timedelta:
        failed = failures.get(task, 0)
        return intervals.after(task, failed - 1) if failed else intervals.before_first(task)

    def entry(task: str) -> ScheduledTask:
        present, at = known.get(task), due_at.get(task)
        if present is None:
            return ScheduledTask(task=task, at=at or now + interval(task))
        return present if at is None or present.tries else present.model_copy(update={"at": at})

    return [entry(task) for task in sorted(tasks)]


def due_tasks(schedule: Iterable[ScheduledTask], now: datetime) -> list[ScheduledTask]:
    """The entries whose time has come."""
    return [entry for entry in schedule if entry.at <= now]
