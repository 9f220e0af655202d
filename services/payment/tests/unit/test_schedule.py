"""When due work is due: it keeps its time while it lasts, and its intervals grow."""

from datetime import timedelta

from services.payment.tests.factories import NOW

from payment.schedule import RetryIntervals, ScheduledTask, rescheduled

SECOND = timedelta(seconds=1)
INTERVALS = RetryIntervals(
    poll=10 * SECOND, announce=30 * SECOND, refund=5 * SECOND, watch=60 * SECOND, maximum=100 * SECOND
)


def test_a_task_keeps_its_time_while_it_lasts_and_a_new_one_gets_its_own() -> None:
    begun = ScheduledTask(task="poll", at=NOW - SECOND, tries=3)
    over = ScheduledTask(task="announce", at=NOW)
    entries = rescheduled([begun, over], {"poll", "refund:x", "watch:y"}, NOW, INTERVALS, failures={}, due_at={})
    assert entries == [
        begun,
        ScheduledTask(task="refund:x", at=NOW),
        ScheduledTask(task="watch:y", at=NOW + 60 * SECOND),
    ]


def test_a_task_that_arises_again_after_failures_waits_as_long_as_after_so_many() -> None:
    entries = rescheduled(
        [], {"refund:y", "refund:z"}, NOW, INTERVALS, failures={"refund:y": 1, "refund:z": 3}, due_at={}
    )
    assert [(entry.task, entry.at - NOW) for entry in entries] == [("refund:y", 5 * SECOND), ("refund:z", 20 * SECOND)]


def test_intervals_double_up_to_the_maximum() -> None:
    assert [INTERVALS.after("poll", tries) / SECOND for tries in (0, 1, 2, 3, 400)] == [10, 20, 40, 80, 100]
    assert [INTERVALS.after("refund:x", tries) / SECOND for tries in (0, 1)] == [5, 10]
