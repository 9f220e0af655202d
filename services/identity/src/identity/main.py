"""identity: settings → process → use cases → app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis.app import Api, build
from chassis.auth import Tokens
from chassis.calls import Peer, client
from chassis.preparation import Preparation
from chassis.process import ProcessState, process
from chassis.replicas import Replicas
from chassis.revocations import Revocations
from chassis.settings import load
from identity import account_api, admin_api, api, guest_api, leaving_api
from identity.assembly import UseCases, assemble
from identity.bookings import Bookings
from identity.browsers import Browsers
from identity.consumers import handlers
from identity.settings import Settings

API = Api("identity", (api.router, guest_api.router, account_api.router, leaving_api.router, admin_api.router))


class State(ProcessState):
    """What a request finds in `request.state`."""

    use_cases: UseCases
    preparation: Preparation
    tokens: Tokens
    browsers: Browsers


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Everything that lives as long as the process."""
    async with process(settings, "identity") as resources, client() as http:
        use_cases = await assemble(settings, resources, Bookings(Peer(http, Replicas(settings.booking_url))))
        if settings.works:
            await resources.work(handlers=handlers(use_cases.audit))
        url = settings.rabbitmq_url.get_secret_value()
        revocations = Revocations(url, "identity", use_cases.sessions.revoked)
        await resources.run(revocations.listen(), revocations.watch())
        yield State(
            **resources.state,
            use_cases=use_cases,
            preparation=resources.preparation,
            tokens=Tokens(use_cases.access_tokens.jwks, revocations),
            browsers=Browsers(settings.origins, secure=settings.node_env == "production"),
        )


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))
