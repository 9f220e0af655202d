"""What the public reads: filters, pages, ETags."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from services.catalog.tests.conftest import Harness
from services.catalog.tests.factories import a_movie, a_theater, at

from catalog.main import create
from stack.testing import ready, serving


async def titles(catalog: Harness, query: str) -> list[str]:
    answer = await catalog.call("GET", f"/api/movies?{query}")
    assert answer.status == 200, answer.body
    return [movie["title"] for movie in answer.body["items"]]


async def test_a_title_is_found_by_any_part_literally_without_case_and_accents(catalog: Harness) -> None:
    for title in ("Amélie", "What? (Part 1.5)", "$eth & Co", "Zebra"):
        await catalog.added("/movies", a_movie(title=title, genres=[title[0], "Drama"]))
    assert await titles(catalog, "title=MELIE") == ["Amélie"]
    assert await titles(catalog, "title=am%C3%89l") == ["Amélie"]
    assert await titles(catalog, "title=.*") == []
    assert await titles(catalog, "title=(part 1.5)") == ["What? (Part 1.5)"]
    assert await titles(catalog, "title=%24eth") == ["$eth & Co"]
    assert await titles(catalog, "title=%00") == []
    assert await titles(catalog, "title=%E2%80%8B") == ["$eth & Co", "Amélie", "What? (Part 1.5)", "Zebra"]
    assert await titles(catalog, "title=am%C3%A9lie%20&genre=%20DRAMA%C2%A0") == ["Amélie"]
    assert await titles(catalog, "genre=drama") == ["$eth & Co", "Amélie", "What? (Part 1.5)", "Zebra"]
    assert await titles(catalog, "genre=z&title=zeb") == ["Zebra"]
    for part in ("z", "ze", "eb", "bra", "zebra"):
        assert await titles(catalog, f"title={part}") == ["Zebra"], part
    assert await titles(catalog, "title=zebras") == []


async def test_a_part_longer_than_its_index_is_found_too(catalog: Harness) -> None:
    for title in (f"{'ab' * 40}c", f"{'ab' * 40}d"):
        await catalog.added("/movies", a_movie(title=title))
    assert await titles(catalog, f"title={'ab' * 39}c") == [f"{'ab' * 40}c"]
    assert len(await titles(catalog, f"title={'AB' * 39}")) == 2


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_nothing_plays_on_the_first_and_the_last_day_of_the_calendar(catalog: Harness, day: str) -> None:
    await catalog.a_showtime(await catalog.a_screen(), at(1))
    for resource in ("movies", "showtimes"):
        answer = await catalog.call("GET", f"/api/{resource}?date={day}")
        assert (answer.status, answer.body["items"], answer.body["total"]) == (200, [], 0)


async def test_movies_are_chosen_by_their_language(catalog: Harness) -> None:
    for title, language in (("A", "hi"), ("B", "Tamil"), ("C", "hi")):
        await catalog.added("/movies", a_movie(title=title, language=language))
    assert await titles(catalog, "language=HI") == ["A", "C"]
    assert await titles(catalog, "language=tamil&genre=drama&title=b") == ["B"]
    assert await titles(catalog, "language=ta") == []


async def test_titles_genres_and_cities_are_found_as_phones_write_them(catalog: Harness) -> None:
    ids = await catalog.a_screen(city="Val-d’Or")
    await catalog.added("/movies", a_movie(title="L’Île‑aux–Chats"))
    hindi = await catalog.added("/movies", a_movie(title="क्‍षत्रिय फ़िल्म २", genres=["रोमांस"]))
    await catalog.a_showtime({**ids, "movieId": hindi["id"]}, at(1))
    assert await titles(catalog, "title=l'ile-aux-chats%20") == ["L’Île‑aux–Chats"]
    for query in ("title=क्षत्रिय", "title=फिल्म 2", "genre=रोमांस ", "city=val-d'or"):
        assert await titles(catalog, query) == ["क्‍षत्रिय फ़िल्म २"], query
    theaters = (await catalog.call("GET", "/api/theaters?city=VAL%E2%80%91D%C2%B4OR")).body["items"]
    assert [theater["city"] for theater in theaters] == ["Val-d’Or"]


async def test_lists_come_in_pages(catalog: Harness) -> None:
    for title in "ABCDE":
        await catalog.added("/movies", a_movie(title=title))
    answer = await catalog.call("GET", "/api/movies?page=2&pageSize=2")
    assert [movie["title"] for movie in answer.body["items"]] == ["C", "D"]
    assert {name: answer.body[name] for name in ("total", "page", "pageSize")} == {"total": 5, "page": 2, "pageSize": 2}
    beyond = await catalog.call("GET", "/api/movies?page=9")
    assert (beyond.body["items"], beyond.body["total"]) == ([], 5)


async def test_a_film_plays_on_the_local_day_of_the_theater(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    await catalog.added("/movies", a_movie(title="Unscheduled"))
    late = at(2, hour=20)  # the next day in Mumbai already
    shown = await catalog.a_showtime(ids, late)
    local = late.astimezone(ZoneInfo("Asia/Kolkata")).date()
    assert await titles(catalog, f"date={local}") == ["Amélie Returns"]
    assert await titles(catalog, f"date={local}&city=MUMBAI") == ["Amélie Returns"]
    assert await titles(catalog, f"date={local}&city=Pune") == []
    assert await titles(catalog, f"date={late.date()}") == []
    assert await titles(catalog, "city=mumbai") == ["Amélie Returns"]
    for query, count in (
        (f"date={local}", 1),
        (f"date={late.date()}", 0),
        (f"movieId={ids['movieId']}", 1),
        (f"theaterId={ids['theaterId']}&movieId={ids['movieId']}", 1),
        ("theaterId=x", 0),
    ):
        answer = await catalog.call("GET", f"/api/showtimes?{query}")
        assert (answer.body["total"], len(answer.body["items"])) == (count, count), query
    assert (await catalog.call("GET", "/api/showtimes")).body["items"] == [shown]
    await catalog.admin("DELETE", f"/showtimes/{shown['id']}")
    assert await titles(catalog, f"date={local}") == []


async def test_cities_are_those_in_which_something_plays(catalog: Harness) -> None:
    mumbai, pune = await catalog.a_screen(), await catalog.a_screen(city="Pune")
    second = await catalog.a_screen(city="MUMBAI ", name="Zenith")
    await catalog.a_screen(city="Delhi")
    shown = [await catalog.a_showtime(ids, at(day)) for day, ids in enumerate((mumbai, mumbai, pune, second), 1)]
    answer = await catalog.call("GET", "/api/cities")
    assert answer.body == {
        "items": [{"city": "Mumbai", "theaters": 2}, {"city": "Pune", "theaters": 1}],
        "total": 2,
    }
    assert (await catalog.call("GET", "/api/cities", If_None_Match=answer.headers["ETag"])).status == 304
    await catalog.admin("DELETE", f"/showtimes/{shown[2]['id']}")
    now = datetime.now(UTC)
    over = {"start_at": now - timedelta(hours=3), "end_at": now - timedelta(hours=1)}
    await catalog.db.showtimes.update_one({"_id": shown[3]["id"]}, {"$set": over})
    await catalog.admin("PATCH", f"/theaters/{mumbai['theaterId']}", {"amenities": ["Bar"]})
    assert (await catalog.call("GET", "/api/cities")).body["items"] == [{"city": "Mumbai", "theaters": 1}]


async def test_showtimes_of_a_city_come_by_start(catalog: Harness) -> None:
    mumbai, pune = await catalog.a_screen(), await catalog.a_screen(city="Pune")
    later, there, sooner = [
        await catalog.a_showtime(ids, at(day)) for ids, day in ((mumbai, 3), (pune, 2), (mumbai, 1))
    ]
    for query, shown in (
        ("city=%20MUMBAI", [sooner, later]),
        ("city=Pune", [there]),
        (f"city=Pune&theaterId={mumbai['theaterId']}", []),
        (f"city=mumbai&date={at(3).date()}", [later]),
    ):
        items = (await catalog.call("GET", f"/api/showtimes?{query}")).body["items"]
        assert [item["id"] for item in items] == [item["id"] for item in shown], query


async def test_without_a_day_showtimes_that_are_over_are_left_out(catalog: Harness) -> None:
    await catalog.a_showtime(await catalog.a_screen(), at(1))
    start = datetime.now(UTC) - timedelta(hours=3)
    day = start.astimezone(ZoneInfo("Asia/Kolkata")).date().isoformat()
    past = {"start_at": start, "end_at": start + timedelta(hours=2), "local_date": day}
    await catalog.db.showtimes.update_one({}, {"$set": past})
    assert (await catalog.call("GET", "/api/showtimes")).body["total"] == 0
    assert [
        showtime["status"] for showtime in (await catalog.call("GET", f"/api/showtimes?date={day}")).body["items"]
    ] == ["finished"]


async def test_the_nearest_theater_comes_first(catalog: Harness) -> None:
    for name, city, lat, lng in (
        ("Far", "Dubai", 25.2, 55.27),
        ("Near", "Mumbai", 19.0, 72.8),
        ("Mid", "Pune", 18.5, 73.9),
    ):
        await catalog.added("/theaters", a_theater(name=name, city=city, geo={"lat": lat, "lng": lng}))

    async def names(query: str) -> list[str]:
        return [theater["name"] for theater in (await catalog.call("GET", f"/api/theaters?{query}")).body["items"]]

    assert await names("near=18.94,72.83") == ["Near", "Mid", "Far"]
    assert await names("near=18.94,72.83&page=2&pageSize=2") == ["Far"]
    assert await names("near=25,55&city=pune") == ["Mid"]
    assert await names("near=18.94,72.83&withinKm=100") == ["Near"]
    assert await names("near=18.94,72.83&withinKm=1.5e2") == ["Near", "Mid"]
    assert await names("near=18.5,73.9&withinKm=0") == ["Mid"]
    within = (await catalog.call("GET", "/api/theaters?near=19,73&withinKm=30&pageSize=1")).body
    assert (within["total"], [theater["distanceKm"] for theater in within["items"]]) == (1, [21.027])
    assert "distanceKm" not in (await catalog.call("GET", "/api/theaters")).body["items"][0]
    for near in (
        "18.9400000000000012345678901234567890,72.83",
        "1.894e1,7283E-2",
        "%2B18.94,+72.83",
        "18.94%20,%2072.83",
        "1.894e%2B1,1.894e+1",
        "-0,-0",
        ".5,5.",
        "5e-324,-1.7976931348623157e-308",
        "51.50735,-0.12775829999999998",
        "90,-180",
        f"{'0' * 99}1,1",
    ):
        assert sorted(await names(f"near={near}")) == ["Far", "Mid", "Near"], near
    assert await names("") == ["Far", "Mid", "Near"]


async def test_reads_carry_an_etag_and_are_not_sent_twice(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtime = await catalog.a_showtime(ids, at(1))
    paths = [
        "/api/movies",
        f"/api/movies/{ids['movieId']}",
        "/api/theaters",
        f"/api/theaters/{ids['theaterId']}",
        "/api/showtimes",
        f"/api/showtimes/{showtime['id']}",
    ]
    for path in paths:
        etag = (await catalog.call("GET", path)).headers["ETag"]
        for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = await catalog.call("GET", path, If_None_Match=given)
            assert (again.status, again.body, again.headers["ETag"]) == (304, None, etag)
        assert (await catalog.call("GET", path, If_None_Match='"other"')).status == 200
    etag = (await catalog.call("GET", paths[-1])).headers["ETag"]
    await catalog.admin("PATCH", f"/showtimes/{showtime['id']}", {"format": "3D"})
    assert (await catalog.call("GET", paths[-1], If_None_Match=etag)).status == 200


BAD_FILTERS = [
    "/api/movies?page=0",
    "/api/movies?pageSize=101",
    "/api/movies?page=1" + "0" * 30,
    "/api/movies?date=tomorrow",
    "/api/movies?date=2026-02-30",
    "/api/showtimes?date=20261123",
    "/api/showtimes?date=1798156800",
    "/api/movies?date=2026-W48-1",
    "/api/theaters?near=91,0",
    "/api/theaters?near=1",
    "/api/theaters?near=nan,nan",
    "/api/theaters?near=1e5,1",
    "/api/theaters?near=inf,0",
    "/api/theaters?near=1,1e999",
    "/api/theaters?near=1,1,1",
    "/api/theaters?near=1_0,1",
    "/api/theaters?near=0x1,1",
    "/api/theaters?near=,",
    "/api/theaters?near=.,1",
    "/api/theaters?near=%D9%A1,1",
    "/api/movies?title=" + "x" * 201,
    "/api/movies?language=" + "x" * 201,
    "/api/showtimes?city=" + "x" * 201,
    "/api/theaters?withinKm=5",
    *(f"/api/theaters?withinKm={distance}&near=1,1" for distance in ("-1", "nan", "inf", "1_0", "5km", "1e999")),
]


async def test_a_bad_filter_is_named(catalog: Harness) -> None:
    for path in BAD_FILTERS:
        answer = await catalog.call("GET", path)
        assert (answer.status, answer.body["code"]) == (422, "validation_error")
        assert answer.body["errors"][0]["path"] == path.split("?")[1].split("=")[0]


@pytest.mark.parametrize("kind", ["movie", "theater", "showtime"])
async def test_an_unknown_id_is_not_found_whatever_it_is(catalog: Harness, kind: str) -> None:
    for unknown in (f"{kind[:3]}_{'0' * 26}", "x", "%00", "%ff", "a" * 5000, "$where"):
        answer = await catalog.call("GET", f"/api/{kind}s/{unknown}")
        assert (answer.status, answer.body["code"]) == (404, f"{kind}_not_found")


async def test_a_new_thing_reads_as_it_was_answered(catalog: Harness) -> None:
    more: dict[str, Any] = {
        "tmdbId": 5,
        "rating": "PG",
        "poster": "https://x.test/p.jpg",
        "cast": ["A", "B"],
        "synopsis": "Two\nlines",
        "releaseDate": "2026-01-31",
    }
    movie = await catalog.added("/movies", a_movie(**more))
    assert {name: movie[name] for name in more} == more
    assert (await catalog.call("GET", f"/api/movies/{movie['id']}")).body == movie
    theater = await catalog.added("/theaters", a_theater(amenities=["Bar"]))
    read = (await catalog.call("GET", f"/api/theaters/{theater['id']}")).body
    assert read == {**theater, "screens": []}
    assert read["cancellationPolicy"] == {
        "tiers": [{"hoursBefore": 0, "refundPercent": 100}],
        "feesRefunded": True,
    }


async def test_what_one_copy_changes_every_copy_shows_at_once(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtime = await catalog.a_showtime(ids, at(1))
    paths = [
        "/api/movies",
        f"/api/movies/{ids['movieId']}",
        "/api/theaters",
        f"/api/theaters/{ids['theaterId']}",
        "/api/showtimes",
        f"/api/showtimes/{showtime['id']}",
        "/api/movies?city=mumbai",
    ]
    changes: list[tuple[str, str, Any, set[str]]] = [
        ("PATCH", f"/movies/{ids['movieId']}", {"language": "hi"}, {paths[0], paths[1], paths[6]}),
        ("PATCH", f"/theaters/{ids['theaterId']}", {"amenities": ["Bar"]}, {paths[2], paths[3]}),
        ("PATCH", f"/showtimes/{showtime['id']}", {"format": "3D"}, {paths[4], paths[5]}),
        ("DELETE", f"/showtimes/{showtime['id']}", None, {paths[4], paths[5], paths[6]}),
        ("PATCH", f"/screens/{ids['screenId']}", {"name": "Two"}, {paths[3]}),
        ("DELETE", f"/screens/{ids['screenId']}", None, {paths[3]}),
    ]
    async with serving(create()) as http:
        await ready(http)
        other = replace(catalog, http=http)
        for method, path, body, changed in changes:
            before = {path: (await other.call("GET", path)).body for path in paths}
            assert (await catalog.admin(method, path, body)).status < 300
            after = {path: (await other.call("GET", path)).body for path in paths}
            assert {path for path in paths if after[path] != before[path]} >= changed, (method, path)
            for shown in changed:
                assert (await catalog.call("GET", shown)).body == after[shown]
