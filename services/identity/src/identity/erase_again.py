"""`python -m identity.erase_again FILE`: a database that was restored from a backup knows people again who were erased
since. The file, the log of erasures beside the backups, has a line of JSON for each: `user_id` and `guest_ids`.

A running worker publishes what others have to hear of it.
"""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from pydantic import SecretStr
from pymongo.asynchronous.client_session import AsyncClientSession

from chassis import mongo
from chassis.settings import ProcessSettings, load
from identity.store import UserTransaction
from identity.usecases.erasing import erase_in


class _Settings(ProcessSettings):
    """There is no broker yet when a database is restored."""

    mongo_uri: SecretStr
    database_prefix: str = ""


async def erase_again(database: mongo.Database, user_ids: Iterable[str]) -> int:
    """Erase those of the users whom the database knows; how many those were. The only admin of that time too: there was
    another when they were erased, and the start makes one again, that of the environment."""

    async def erase(user_id: str, session: AsyncClientSession) -> bool:
        return await erase_in(UserTransaction(database, session, {}), user_id, may_be_last_admin=True)

    return sum([await database.transaction(partial(erase, user_id)) for user_id in user_ids])


def logged(log: Path) -> Iterator[str]:
    """The users of the log, each before the guests who were linked to them. A last line that lost power has cut short
    names nobody, and is told to whoever restores."""
    *lines, rest = log.read_text(encoding="utf-8").split("\n")
    for line in lines:
        entry = json.loads(line)
        yield from (entry["user_id"], *entry["guest_ids"])
    if rest:
        sys.stderr.write(f"{log}: its last line is cut short, look who that was and erase them by hand: {rest}\n")


async def main(log: Path) -> None:
    """Erase whom the log names in the database that the environment names."""
    settings = load(_Settings)
    uri = settings.mongo_uri.get_secret_value()
    async with mongo.connect(uri, settings.database_prefix + "identity") as database:
        count = await erase_again(database, logged(log))
    sys.stdout.write(f"identity: {count} users are erased again\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
