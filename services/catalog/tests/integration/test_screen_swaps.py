"""A screen is kept free for a show that may move there: seating, which is away here, may still write the move."""

from services.catalog.tests.conftest import Harness
from services.catalog.tests.factories import a_screen, a_showtime, at


async def test_while_a_show_may_move_to_a_screen_its_start_must_suit_that_screen_too(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    other = await catalog.added("/screens", a_screen(ids["theaterId"], name="Two"))
    await catalog.a_showtime({**ids, "screenId": other["id"]}, at(2))
    path = f"/showtimes/{(await catalog.a_showtime(ids, at(1)))['id']}"
    assert (await catalog.admin("PATCH", path, {"screenId": other["id"]})).status == 503
    moved = await catalog.admin("PATCH", path, {"startAt": at(2).isoformat()})
    assert (moved.status, moved.body["code"]) == (409, "screen_busy")
    assert (await catalog.admin("PATCH", path, {"startAt": at(3).isoformat()})).status == 200
    there = await catalog.admin("POST", "/showtimes", a_showtime({**ids, "screenId": other["id"]}, at(3)))
    assert (there.status, there.body["code"]) == (409, "screen_busy")


async def test_of_two_moves_of_a_show_the_second_does_not_give_the_screen_of_the_first_away(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    screens = [await catalog.added("/screens", a_screen(ids["theaterId"], name=name)) for name in ("Two", "Three")]
    path = f"/showtimes/{(await catalog.a_showtime(ids, at(1)))['id']}"
    for screen in screens:
        assert (await catalog.admin("PATCH", path, {"screenId": screen["id"]})).status == 503
    for screen in screens:
        there = await catalog.admin("POST", "/showtimes", a_showtime({**ids, "screenId": screen["id"]}, at(1)))
        assert (there.status, there.body["code"]) == (409, "screen_busy")
