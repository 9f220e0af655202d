"""The bare endpoint as a running process: what everything else is compared with."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.load_generator import request
from stack.buyer import StackClient

BODY = json.dumps({"showtimeId": "sho_0", "seatIds": ["A1"]}).encode()


@dataclass(frozen=True, slots=True)
class BareEndpoint:
    """Where it listens, and its process."""

    url: str
    pid: int

    @property
    def request(self) -> bytes:
        """A request that it answers."""
        return request("POST", f"{self.url}/hold", body=BODY)


@asynccontextmanager
async def bare_endpoint(client: StackClient) -> AsyncIterator[BareEndpoint]:
    """Up for the block, on the port after the stack's last one."""
    port = 1 + max(
        int(replica["url"].rpartition(":")[2])
        for replicas in client.stack_info["services"].values()
        for replica in replicas
    )
    environment = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1"}
    process = subprocess.Popen([sys.executable, "-m", "bench.bare"], env=environment)  # noqa: ASYNC220
    endpoint = BareEndpoint(f"http://127.0.0.1:{port}", process.pid)
    try:
        while (await client.with_retries("POST", f"{endpoint.url}/hold", json.loads(BODY))).status != 201:
            await asyncio.sleep(0.1)
        yield endpoint
    finally:
        process.terminate()
        process.wait()
