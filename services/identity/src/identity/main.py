"""identity: settings → process → use cases → app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis.app import Api, build
from chassis.auth import Tokens
from chassis.preparation import Preparation
from chassis.process import ProcessState, process
from chassis.settings import load
from identity import api
from identity.assembly import UseCases, assemble
from identity.settings import Settings

API = Api("identity", (api.router,))


class State(ProcessState):
    """What a request finds in `request.state`."""

    use_cases: UseCases
    preparation: Preparation
    tokens: Tokens


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Everything that lives as long as the process."""
    async with process(settings, "identity") as resources:
        use_cases = await assemble(settings, resources)
        if settings.works:
            await resources.work()
        yield State(
            **resources.state,
            use_cases=use_cases,
            preparation=resources.preparation,
            tokens=Tokens(use_cases.access_tokens.jwks),
        )


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))
