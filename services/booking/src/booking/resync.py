"""`python -m booking.resync`: say again what bookings changed in the last 30 days have said, through the outbox; a
running worker publishes it."""

import asyncio
import sys

from chassis.outbox import say_again
from chassis.settings import ServiceSettings, load

from booking.records import all_said
from chassis import mongo


class Settings(ServiceSettings):
    """No secrets are needed for this: tickets were signed when they were first said."""

    database: str = "booking"


async def main() -> None:
    """Run once, from the environment."""
    settings = load(Settings)
    async with mongo.connect(settings.mongo_uri.get_secret_value(), settings.database) as database:
        count = await say_again(database["bookings"], all_said)
    sys.stdout.write(f"booking: all that {count} bookings said is said again\n")


if __name__ == "__main__":
    asyncio.run(main())
