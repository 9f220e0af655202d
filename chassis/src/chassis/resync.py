"""The main of each `python -m SERVICE.resync`: say again, for a new or restored consumer, what the service has said."""

import sys
from collections.abc import Awaitable, Callable

from chassis import mongo
from chassis.settings import ServiceSettings, load
from chassis.zones import use_packaged_zones


async def resync(service: str, what: str, say_again: Callable[[mongo.Database], Awaitable[int]]) -> None:
    """Put events into the outboxes of the service's database, once, from the environment, and tell of how many `what`.

    A running worker publishes them. No secrets are needed for it.
    """
    use_packaged_zones()
    settings = load(ServiceSettings)
    uri = settings.mongo_uri.get_secret_value()
    async with mongo.connect(uri, settings.database_prefix + service) as database:
        count = await say_again(database)
    sys.stdout.write(f"{service}: {count} {what} are said again\n")
