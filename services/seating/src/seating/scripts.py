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
        self._scripts = {name: (digest(text), text) for name, text in texts().items()}

    async def __call__(self, name: str, keys: tuple[bytes, ...], *arguments: Any) -> list[Any]:
        """What the script returns; raises what Redis or the connection raised."""
        known_by, text = self._scripts[name]
        try:
            return list(await self._execute("EVALSHA", known_by, len(keys), *keys, *arguments))
        except NoScriptError:
            return list(await self._execute("EVAL", text, len(keys), *keys, *arguments))


def texts() -> dict[str, str]:
    """Each script whole, as the server gets it, by its name."""
    return {name: _of_a_showtime(name) for name in OF_A_SHOWTIME} | {name: _text(name) for name in OF_A_SHARD}


def digest(script: str) -> str:
    """What the server knows a script by."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


def _of_a_showtime(name: str) -> str:
    return _text("prelude", *PRELUDES.get(name, ())) + BODY.format(_text(name)) + _text("finish")


def _text(*names: str) -> str:
    folder = resources.files("seating") / "lua"
    return "".join((folder / f"{name}.lua").read_text(encoding="utf-8") for name in names)
