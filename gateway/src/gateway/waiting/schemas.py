"""HTTP bodies of waiting rooms."""

import math
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.times import Moment
from gateway.waiting.line import SECOND, Admitted, Drawing, Waiting
from gateway.waiting.room import Room, Wish
from gateway.waiting.visitors import Visit

MOST_PER_MINUTE = 60_000
Count = Annotated[int, Field(ge=0)]


class PlaceInQueueView(ResponseBody):
    """Where somebody stands. `open`: no room is in force, a hold needs nothing. `drawing`: lots are drawn at `opensAt`.
    `waiting`: without a `position` for who has not joined. `admitted`: holds take `pass` as `X-Queue-Pass`."""

    state: Literal["open", "drawing", "waiting", "admitted"]
    joined: Absent[bool] = None
    opens_at: Absent[datetime] = None
    position: Absent[Annotated[int, Field(ge=1)]] = None
    ahead: Absent[Count] = None
    estimate_seconds: Absent[Count] = None
    pass_: Absent[str] = Field(None, alias="pass")
    expires_at: Absent[datetime] = None

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """What a client is shown of a visit."""
        match visit.standing:
            case None:
                return cls(state="open")
            case Drawing(opens_at, is_in):
                return cls(state="drawing", joined=is_in, opens_at=_time(opens_at))
            case Waiting(ahead, wait):
                if ahead is None or wait is None:
                    return cls(state="waiting", joined=False)
                seconds = math.ceil(wait / SECOND)
                return cls(state="waiting", joined=True, position=ahead + 1, ahead=ahead, estimate_seconds=seconds)
            case Admitted(until):
                whole = until // SECOND * SECOND
                return cls.model_validate(
                    {"state": "admitted", "joined": True, "pass": visit.pass_, "expires_at": _time(whole)}
                )


class NewQueue(RequestBody):
    """A waiting room for a showtime. Without `opensAt` it opens at once; an automatic one opens when holds are slow,
    and closes when they are fast again and nobody waits."""

    showtime_id: Annotated[str, Field(min_length=1, max_length=64)]
    opens_at: Moment | None = None
    rate_per_minute: Annotated[int, Field(ge=1, le=MOST_PER_MINUTE, strict=True)] = 600
    automatic: Annotated[bool, Field(strict=True)] = False

    @property
    def wish(self) -> Wish:
        """What is asked for."""
        opens_at = None if self.opens_at is None else math.floor(self.opens_at.timestamp() * SECOND)
        return Wish(self.rate_per_minute, self.automatic, opens_at)


class QueueView(ResponseBody):
    """A waiting room. `open`: it is not in force, an automatic one that waits for slow holds. `drawing`: before
    `opensAt`. `waiting`: it admits `ratePerMinute`. `waiting` people are in line now."""

    showtime_id: str
    theater_id: str
    state: Literal["open", "drawing", "waiting"]
    opens_at: Absent[datetime] = None
    rate_per_minute: int
    automatic: bool
    waiting: Count

    @classmethod
    def of(cls, room: Room, now: int, waiting: int) -> Self:
        """The room at an instant, with so many in line."""
        opens_at = room.opens_at
        state: Literal["open", "drawing", "waiting"] = "open"
        if opens_at is not None:
            state = "drawing" if now < opens_at else "waiting"
        return cls(
            showtime_id=room.showtime_id,
            theater_id=room.theater_id,
            state=state,
            opens_at=None if opens_at is None else _time(opens_at),
            rate_per_minute=room.per_minute,
            automatic=room.automatic,
            waiting=waiting,
        )


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds // SECOND, UTC).replace(microsecond=microseconds % SECOND)
