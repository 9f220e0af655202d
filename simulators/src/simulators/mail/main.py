"""Composition root of the mail simulator."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Response

from simulators.journal import Journal, JsonObject
from simulators.mail.faults import MailFault, MailFaults
from simulators.mail.messages import Messages
from simulators.mail.smtp import Catcher, listen
from simulators.settings import location, required
from simulators.wire import serve

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def run() -> None:
    here = location()
    user, password = os.environ.get("SMTP_USER"), os.environ.get("SMTP_PASS")
    login = (user, password) if user and password else None
    app = create(Journal(here.file("mail.sqlite")), here.host, int(required("SMTP_PORT")), login)
    asyncio.run(serve(app, here.host, here.port))


def create(journal: Journal, smtp_host: str, smtp_port: int, login: tuple[str, str] | None) -> FastAPI:
    messages, faults = Messages(journal), MailFaults()
    catcher = Catcher(messages, faults)
    lifespan = _lifespan(catcher, journal, smtp_host, smtp_port, login)
    app = FastAPI(title="Mail simulator", docs_url=None, redoc_url=None, lifespan=lifespan)
    _add_messages(app, messages)
    _add_faults(app, faults)
    _add_connections(app, catcher)

    @app.post("/_sim/reset")
    async def reset() -> dict[str, bool]:
        journal.wipe()
        faults.clear()
        catcher.forget_connections()
        return {"ok": True}

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _lifespan(catcher: Catcher, journal: Journal, host: str, port: int, login: tuple[str, str] | None) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        server = await listen(catcher, host, port, login)
        yield
        server.close()
        journal.close()

    return lifespan


def _add_messages(app: FastAPI, messages: Messages) -> None:
    @app.get("/messages")
    async def listed(to: str | None = None, newest: Annotated[int | None, Query(ge=1)] = None) -> list[JsonObject]:
        return messages.listed(to, newest)

    @app.get("/messages/{key}")
    async def shown(key: str) -> JsonObject:
        message = messages.shown(key)
        if message is None:
            raise HTTPException(404, "no such message")
        return message

    @app.get("/messages/{key}/raw")
    async def raw(key: str) -> Response:
        content = messages.raw(key)
        if content is None:
            raise HTTPException(404, "no such message")
        return Response(content, media_type="message/rfc822")

    @app.delete("/messages")
    async def clear() -> dict[str, bool]:
        messages.clear()
        return {"ok": True}

    @app.get("/_sim/ledger")
    async def ledger() -> dict[str, list[JsonObject]]:
        return {"messages": messages.taken()}


def _add_connections(app: FastAPI, catcher: Catcher) -> None:
    @app.get("/_sim/connections")
    async def counted() -> dict[str, int]:
        return {"made": catcher.connections, "open": catcher.open_connections}

    @app.delete("/_sim/connections")
    async def close() -> dict[str, int]:
        return {"closed": catcher.close_connections()}


def _add_faults(app: FastAPI, faults: MailFaults) -> None:
    @app.post("/_sim/faults")
    async def add(fault: MailFault) -> MailFault:
        faults.add(fault)
        return fault

    @app.get("/_sim/faults")
    async def listed() -> list[MailFault]:
        return faults.listed()

    @app.delete("/_sim/faults")
    async def clear() -> dict[str, bool]:
        faults.clear()
        return {"ok": True}
