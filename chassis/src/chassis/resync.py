"""The main of each `python -m SERVICE.resync`: publish again what a new or restored consumer needs of the service."""

import sys
from collections.abc import Awaitable, Callable

from chassis import mongo
from chassis.settings import ServiceSettings, load
from chassis.zones import use_packaged_zones


async def resync(service: str, what: str, say_again: Callable[[mongo.Database], Awaitable[int]]) -> None:
    """Put events into the outboxes of the service's database, for a running worker to publish; print for how many
    documents (`what`). The database is that of the environment; no secrets of the service are needed.
    """
    use_packaged_zones()
    settings = load(ServiceSettings)
    uri = settings.mongo_uri.get_secret_value()
    async with mongo.connect(uri, settings.database_prefix + service) as database:
        count = await say_again(database)
    sys.stdout.write(f"{service}: {count} {what} are said again\n")
