"""The main of each `python -m SERVICE.resync`: republish what a new or restored consumer needs of the service."""

import sys
from collections.abc import Awaitable, Callable

from chassis import mongo
from chassis.settings import ServiceSettings, load
from chassis.zones import use_packaged_zones


async def resync(service: str, what: str, republish: Callable[[mongo.Database], Awaitable[int]]) -> None:
    """Run `republish` on the database of `service` that the environment names, and print its result: for how many
    documents it put events into the outbox. `what` names the documents in the plural. No secrets of the service are
    needed; a running worker publishes the events.
    """
    use_packaged_zones()
    settings = load(ServiceSettings)
    uri = settings.mongo_uri.get_secret_value()
    async with mongo.connect(uri, settings.database_prefix + service) as database:
        count = await republish(database)
    sys.stdout.write(f"{service}: {count} {what} are said again\n")
