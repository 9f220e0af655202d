"""Lua scripts in Redis, called by digest and sent whole when the server forgot them."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from chassis.auto_pipeline import AutoPipeline


@dataclass(frozen=True, slots=True)
class Script:
    """A script's `text`, and the `digest` that the server knows it by."""

    text: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "digest", digest)


class ScriptRunner:
    """Calls scripts; calls of one turn of the loop share a round trip."""

    def __init__(self, redis: "Redis") -> None:
        self._execute = AutoPipeline(redis)

    async def __call__(self, script: Script, keys: tuple[bytes, ...], *arguments: Any) -> list[Any]:
        """What the script returns; raises what Redis or the connection raised."""
        try:
            return list(await self._execute("EVALSHA", script.digest, len(keys), *keys, *arguments))
        except NoScriptError:
            return list(await self._execute("EVAL", script.text, len(keys), *keys, *arguments))
