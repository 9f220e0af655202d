"""The main of commands of a service that need its database alone, such as each `python -m SERVICE.resync`."""

import sys
from collections.abc import Awaitable, Callable

from chassis import mongo
from chassis.settings import ServiceSettings, load
from chassis.zones import use_packaged_zones


async def on_database(service: str, work: Callable[[mongo.Database], Awaitable[str]]) -> None:
    """Run `work` on the database of `service` that the environment names, and print its result. No secrets of the
    service are needed."""
    use_packaged_zones()
    settings = load(ServiceSettings)
    uri = settings.mongo_uri.get_secret_value()
    async with mongo.connect(uri, settings.database_prefix + service) as database:
        result = await work(database)
    sys.stdout.write(f"{result}\n" if result else "")


async def resync(service: str, what: str, republish: Callable[[mongo.Database], Awaitable[int]]) -> None:
    """Republish what a new or restored consumer needs of the service: for how many documents events were put into the
    outbox is printed. `what` names the documents in the plural. A running worker publishes the events."""

    async def said_again(database: mongo.Database) -> str:
        return f"{service}: {await republish(database)} {what} are said again"

    await on_database(service, said_again)
