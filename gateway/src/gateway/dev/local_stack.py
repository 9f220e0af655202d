"""The local stack as its own file describes it: its processes, its simulators and the mail that was caught."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from chassis.problems import NotFound, Unavailable

_SECONDS = 5.0
_CHECK_SECONDS = 2.0
_PATH = re.compile(r"(?:_sim|messages)(?:/[A-Za-z0-9_.@-]+)*(?:\?newest=[0-9]{1,3})?")


@dataclass(frozen=True)
class LocalStack:
    """`file` is stack.json, read anew each time: processes that died come back with other ids."""

    file: Path
    http: aiohttp.ClientSession

    def described(self) -> Mapping[str, Any]:
        """What the file says. Raises `Unavailable` while there is none."""
        try:
            described: Mapping[str, Any] = orjson.loads(self.file.read_bytes())
        except (OSError, ValueError) as error:
            raise Unavailable("the stack is not ready yet") from error
        return described

    async def services(self) -> list[dict[str, Any]]:
        """`{service, role, url, pid, status, detail}` for each process; `status` is up, down or degraded."""
        processes = [
            {"service": service, **process}
            for service, replicas in self.described()["services"].items()
            for process in replicas
        ]
        return list(await asyncio.gather(*(self._with_status(process) for process in processes)))

    async def _with_status(self, process: dict[str, Any]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_CHECK_SECONDS), self.http.get(f"{process['url']}/readyz") as answer:
                checks = (await answer.json()).get("checks", {})
                ready = answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return {**process, "status": "down", "detail": type(error).__name__}
        lost = [f"{name}: {outcome}" for name, outcome in checks.items() if outcome != "up"]
        return {**process, "status": ("degraded" if lost else "up") if ready else "down", "detail": "; ".join(lost)}

    async def ask(self, name: str, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
        """Status and JSON of a call to a simulator's control plane, or to the mail that was caught. Raises `NotFound`
        for any other path or name, `Unavailable` where it does not answer."""
        described = self.described()
        origins = {**described["simulators"], "mail": described["mail"]["http"]}
        if name not in origins or not _PATH.fullmatch(path) or ".." in path:
            raise NotFound
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self.http.request(
                    method, f"{origins[name]}/{path}", data=body or None, headers={"Content-Type": "application/json"}
                ) as answer,
            ):
                content = await answer.read()
                return answer.status, orjson.loads(content) if content else None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unavailable(f"{name} does not answer") from error
