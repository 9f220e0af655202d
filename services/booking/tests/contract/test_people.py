"""What the use cases expect of stored people: the fake and Mongo under one suite."""

from collections.abc import AsyncIterator, Sequence

import pytest
from services.booking.tests.fakes import FakePeople

from booking.domain.people import Person, Wanted, wanted_email, wanted_phone, wanted_words
from booking.people import MongoPeople
from booking.usecases.ports import MOST_PEOPLE, People
from chassis.mongo import connect

ASHA = Person("usr_1", "Asha Rao", "asha.rao@example.org", "+919876543210")
ANA = Person("usr_2", "Ana Ashworth", "a.b*c@example.org")
NOBODY = Person("usr_3")


class PeopleContract:
    """The suite; a subclass has the fixture `people`."""

    async def test_the_highest_revision_counts_in_whatever_order_they_come(self, people: People) -> None:
        assert await people.find_all([]) == {}
        older = Person(ASHA.user_id, "Asha", "old@example.org")
        for person, revision in ((older, 1), (ASHA, 3), (older, 2), (older, 3)):
            await people.save(person, revision)
        assert await people.find_all([ASHA.user_id, "usr_9"]) == {ASHA.user_id: ASHA}
        assert await people.with_all([wanted_email("old@example.org")]) == []

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ([wanted_email("ASHA.Rao@Example.org")], [ASHA]),
            ([wanted_email("asha")], []),
            ([wanted_phone("098765 43210"), wanted_email(ASHA.email or "")], [ASHA]),
            ([wanted_phone("98765"), wanted_email(ASHA.email or "")], []),
            (wanted_words("ash"), [ASHA, ANA]),
            (wanted_words("rao ash"), [ASHA]),
            (wanted_words("EXAMPLE.ORG"), [ASHA, ANA]),
            (wanted_words("b*c"), [ANA]),
            (wanted_words("b.*"), []),
            (wanted_words("as\0"), []),
        ],
    )
    async def test_who_has_all_that_is_wanted_is_found(
        self, people: People, wanted: Sequence[Wanted], found: list[Person]
    ) -> None:
        for person in (ASHA, ANA, NOBODY):
            await people.save(person, 1)
        assert sorted(await people.with_all(wanted)) == [person.user_id for person in found]

    async def test_a_name_that_many_have_finds_some_of_them(self, people: People) -> None:
        for number in range(MOST_PEOPLE + 1):
            await people.save(Person(f"usr_{number}", "Guest"), 1)
        assert len(await people.with_all(wanted_words("guest"))) == MOST_PEOPLE
        last = f"usr_{MOST_PEOPLE}"
        assert await people.with_all(wanted_words("guest"), {last, "usr_unknown"}) == [last]
        assert await people.with_all(wanted_words("nobody"), {last}) == []


class TestFakePeople(PeopleContract):
    @pytest.fixture
    def people(self) -> People:
        return FakePeople()


class TestMongoPeople(PeopleContract):
    @pytest.fixture
    async def people(self, mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[People]:
        async with connect(mongo_uri, f"{mongo_database_prefix}booking") as database:
            people = MongoPeople(database["people"])
            await people.ensure_indexes()
            yield people
