"""What any `Snapshots`, `CheckedOutHolds` and `ServerRuns` do."""

from datetime import UTC, datetime, timedelta

from services.seating.tests.factories import a_checked_out_hold, a_sale, a_user
from tests.factories import a_snapshot

from contracts.ids import new_hold_id
from seating.domain import CheckedOutHold
from seating.usecases.ports import Ports

NOW = datetime.now(UTC).replace(microsecond=0)


def a_hold() -> CheckedOutHold:
    return a_checked_out_hold(a_sale(a_snapshot(), a_user(), "A1", "A2"), NOW)


async def test_the_snapshot_of_the_highest_revision_is_found_in_whatever_order_they_come(ports: Ports) -> None:
    snapshots = [a_snapshot(revision=1)]
    snapshots += [snapshots[0].model_copy(update={"revision": revision, "format": "3D"}) for revision in (3, 2, 3)]
    assert await ports.snapshots.find(snapshots[0].showtime_id) is None
    for snapshot in snapshots:
        await ports.snapshots.save(snapshot)
    showtime = await ports.snapshots.find(snapshots[0].showtime_id)
    assert showtime is not None
    assert showtime.snapshot == snapshots[1]


async def test_a_hold_in_checkout_is_found_as_it_was_saved(ports: Ports) -> None:
    first, second = a_hold(), a_hold()
    for hold in (first, second):
        await ports.checked_out_holds.save(hold)
    hold_ids = [first.id, second.id, new_hold_id(first.showtime_id)]
    assert sorted(await ports.checked_out_holds.find(hold_ids), key=lambda hold: hold.id) == sorted(
        (first, second), key=lambda hold: hold.id
    )
    assert await ports.checked_out_holds.find([]) == []


async def test_of_a_hold_saved_twice_the_later_end_counts(ports: Ports) -> None:
    hold = a_hold()
    for seconds, refreshes in ((0, 0), (9, 2), (5, 1)):
        later = CheckedOutHold(
            hold.id,
            hold.showtime_id,
            hold.user_id,
            hold.seat_ids,
            hold.quote,
            NOW + timedelta(seconds=seconds),
            refreshes,
        )
        await ports.checked_out_holds.save(later)
    (found,) = await ports.checked_out_holds.find([hold.id])
    assert (found.expires_at, found.refreshes) == (NOW + timedelta(seconds=9), 2)


async def test_the_run_that_was_replayed_last_is_remembered(ports: Ports) -> None:
    assert await ports.server_runs.last_told() == ""
    for run_id in ("one", "another"):
        await ports.server_runs.save(run_id)
        assert await ports.server_runs.last_told() == run_id
