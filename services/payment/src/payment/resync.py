"""`python -m payment.resync`: say again what payments changed in the last 30 days have said, through the outbox; a
running worker publishes it."""

import asyncio
import sys

from chassis.outbox import say_again
from chassis.settings import ServiceSettings, load

from chassis import mongo
from payment.store import all_said


class Settings(ServiceSettings):
    """No secrets are needed for this: no provider is asked."""

    payment_database: str = "payment"


async def main() -> None:
    """Run once, from the environment."""
    settings = load(Settings)
    async with mongo.connect(settings.mongo_uri.get_secret_value(), settings.payment_database) as database:
        count = await say_again(database["payments"], all_said)
    sys.stdout.write(f"payment: all that {count} payments said is said again\n")


if __name__ == "__main__":
    asyncio.run(main())
