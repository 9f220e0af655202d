"""Passes: who was admitted may hold seats of that showtime until the pass expires. A JWT under the room's own key."""

import jwt

from chassis.auth import Caller
from gateway.waiting.line import SECOND
from gateway.waiting.room import Room

ALGORITHM = "HS256"


def signed(room: Room, user_id: str, until: int) -> str:
    """The pass of a user until an instant (microseconds; whole seconds count)."""
    claims = {"sub": user_id, "aud": room.showtime_id, "exp": until // SECOND}
    return jwt.encode(claims, room.key, algorithm=ALGORITHM)


def is_good(presented: str, room: Room, caller: Caller) -> bool:
    """Whether this is a pass of the caller, or of a guest linked to the caller's account, for this room."""
    try:
        claims = jwt.decode(
            presented,
            room.key,
            algorithms=[ALGORITHM],
            audience=room.showtime_id,
            options={"require": ["sub", "aud", "exp"]},
        )
    except (jwt.InvalidTokenError, ValueError):
        return False
    return caller.owns(str(claims["sub"]))
