"""The Lua scripts, called by digest and sent whole when the server forgot them."""

import hashlib
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from seating.auto_pipeline import AutoPipeline

OF_A_SHOWTIME = ("hold", "extend", "release", "claim", "tell", "read", "availability", "drop")
OF_A_SHARD = ("drain", "announced")
PRELUDES = {"hold": ("rules",)}
BODY = "\nlocal function answer()\n{}\nend\n"


class Scripts:
    """Scripts of a showtime stand between `prelude.lua` and `finish.lua`. Calls of one turn of the loop share a round
    trip."""

    def __init__(self, redis: "Redis") -> None:
        self._execute = AutoPipeline(redis)
        texts = {name: _of_a_showtime(name) for name in OF_A_SHOWTIME}
        texts |= {name: _text(name) for name in OF_A_SHARD}
        self._scripts = {name: (_digest(text), text) for name, text in texts.items()}

    async def __call__(self, name: str, keys: tuple[bytes, ...], *arguments: Any) -> list[Any]:
        """What the script returns; raises what Redis or the connection raised."""
        digest, text = self._scripts[name]
        try:
            return list(await self._execute("EVALSHA", digest, len(keys), *keys, *arguments))
        except NoScriptError:
            return list(await self._execute("EVAL", text, len(keys), *keys, *arguments))


def _of_a_showtime(name: str) -> str:
    return _text("prelude", *PRELUDES.get(name, ())) + BODY.format(_text(name)) + _text("finish")


def _text(*names: str) -> str:
    folder = resources.files("seating") / "lua"
    return "".join((folder / f"{name}.lua").read_text(encoding="utf-8") for name in names)


def _digest(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
