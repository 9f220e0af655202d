"""The Lua scripts of seating."""

from importlib import resources
from typing import Any

from redis.asyncio import Redis

from chassis.scripts import Script, ScriptRunner

OF_A_SHOWTIME = ("hold", "extend", "release", "claim", "tell", "read", "availability", "drop")
OF_A_WAITLIST = ("waitlist", "offer", "let_go")
OF_A_SHARD = ("drain", "announced")
PRELUDES = {"hold": ("rules", "new_hold"), "offer": ("new_hold",)}
BODY = "\nlocal function answer()\n{}\nend\n"


class Scripts:
    """Scripts of a showtime stand between `prelude.lua` and `finish.lua`."""

    def __init__(self, redis: "Redis") -> None:
        self._run = ScriptRunner(redis)
        self._scripts = scripts()

    async def __call__(self, name: str, keys: tuple[bytes, ...], *arguments: Any) -> list[Any]:
        """What the script returns; raises what Redis or the connection raised."""
        return await self._run(self._scripts[name], keys, *arguments)


def scripts() -> dict[str, Script]:
    """Each script by its name."""
    of_a_showtime = {name: Script(_of_a_showtime(name)) for name in OF_A_SHOWTIME + OF_A_WAITLIST}
    return of_a_showtime | {name: Script(_text(name)) for name in OF_A_SHARD}


def _of_a_showtime(name: str) -> str:
    return _text("prelude", *PRELUDES.get(name, ())) + BODY.format(_text(name)) + _text("finish")


def _text(*names: str) -> str:
    folder = resources.files("seating") / "lua"
    return "".join((folder / f"{name}.lua").read_text(encoding="utf-8") for name in names)
