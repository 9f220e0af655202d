"""The documents that the gateway publishes: packaged with it, made by `make schemas` from the code of all services."""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from contracts.schemas import golden
from contracts.subscriptions import EVENTS

_FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class Published:
    """A document and the strong ETag of its bytes."""

    content: bytes
    etag: str


def documents() -> dict[str, Published]:
    """Each public document by its path: OpenAPI, AsyncAPI and the schema of every public event."""
    events = {f"/api/schemas/{event.type}.json": golden(event).encode() for event in EVENTS if not event.private}
    packaged = {f"/api/{file.name}": file.read_bytes() for file in sorted(_FOLDER.glob("*.json"))}
    return {path: Published(content, _etag(content)) for path, content in (packaged | events).items()}


def _etag(content: bytes) -> str:
    return f'"{blake2b(content, digest_size=16).hexdigest()}"'
