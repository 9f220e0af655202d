"""identity: settings → stores → use cases → app."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypedDict

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis import mongo
from chassis.app import Api, Check, build
from chassis.auth import Tokens
from chassis.broker import publishing
from chassis.loops import Background, forever, running
from chassis.outbox import POLL_SECONDS, Outbox
from chassis.preparation import Preparation
from chassis.settings import load
from identity import api, store
from identity.passwords import Passwords
from identity.settings import Settings
from identity.tokens import AccessTokens, RefreshTokens
from identity.usecases import users
from identity.usecases.sessions import Sessions
from identity.usecases.stores import House, stores_of

API = Api("identity", (api.router,))


class State(TypedDict):
    """What a request finds in `request.state`."""

    house: House
    sessions: Sessions
    preparation: Preparation
    access_tokens: AccessTokens
    tokens: Tokens
    checks: dict[str, Check]


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Everything that lives as long as the process."""
    async with AsyncExitStack() as stack:
        uri = settings.mongo_uri.get_secret_value()
        database = await stack.enter_async_context(mongo.connect(uri, settings.database_prefix + "identity"))
        url = settings.rabbitmq_url.get_secret_value()
        publisher = await stack.enter_async_context(publishing(url, "identity"))
        background, passwords = Background(), Passwords()
        stack.push_async_callback(background.finish)
        stores = stores_of(database)
        house = House(stores, Outbox(stores.users, publisher, background))
        access = AccessTokens(settings.jwt_access_secret.get_secret_value())
        refresh = RefreshTokens(settings.jwt_refresh_secret.get_secret_value())
        preparation = Preparation()
        ensure_admin = _admin_of_environment(settings, house, passwords)
        loops = [preparation.run(partial(store.ensure_indexes, house.stores), ensure_admin)]
        if settings.works:
            loops.append(forever("outbox", house.outbox.poll, pause=POLL_SECONDS))
        await stack.enter_async_context(running(*loops))
        await preparation.wait()
        checks: dict[str, Check] = {"mongo": database.ping, "indexes": preparation.check, "broker?": publisher.ping}
        yield State(
            house=house,
            sessions=Sessions(house, passwords, access, refresh),
            preparation=preparation,
            access_tokens=access,
            tokens=Tokens(access.jwks),
            checks=checks,
        )


def _admin_of_environment(settings: Settings, house: House, passwords: Passwords) -> Callable[[], Awaitable[None]]:
    async def admin() -> None:
        if settings.admin_email and settings.admin_password:
            await users.ensure_admin(house, passwords, settings.admin_email, settings.admin_password.get_secret_value())

    return admin


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))
