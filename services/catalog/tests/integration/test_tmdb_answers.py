"""Answers of TMDB's that its simulator never gives."""

import json

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from catalog.errors import MovieNotFound
from catalog.settings import Settings
from catalog.tmdb import Tmdb
from chassis.problems import Unavailable

TOKEN = SecretStr("tmdb")


async def description(status: int, code: int, **headers: str) -> None:
    """Read a film where TMDB answers so."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=json.dumps({"success": False, "status_code": code}), headers=headers)

    app = web.Application()
    app.router.add_get("/3/movie/7", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        settings = Settings.model_construct(tmdb_token=TOKEN, tmdb_base_url=str(server.make_url("")))
        await Tmdb(settings, http).description(7)


@pytest.mark.parametrize("code", [6, 34])
async def test_a_number_that_no_film_has_or_can_have_is_not_found(code: int) -> None:
    with pytest.raises(MovieNotFound):
        await description(404, code)


@pytest.mark.parametrize("seconds", ["3", "9" * 400])
async def test_a_client_is_told_to_wait_as_long_as_tmdb_says_but_not_for_ever(seconds: str) -> None:
    with pytest.raises(Unavailable) as raised:
        await description(429, 25, **{"Retry-After": seconds})
    assert int(raised.value.headers["Retry-After"]) == min(int(seconds), 3600)
