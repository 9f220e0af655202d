"""How a theater releases the seats that it keeps for those who need them: in stages before the show."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import Field

from contracts.event import Value


class ReleaseStage(Value):
    """From so many hours before the start on, so much of the accessible seats, 0 to 1, is for everybody; companions'
    seats go with theirs."""

    hours_before: float = Field(strict=True, ge=0, le=24 * 366, allow_inf_nan=False)
    share: float = Field(strict=True, ge=0, le=1, allow_inf_nan=False, examples=[0.5])

    def begins_at(self, start_at: datetime) -> datetime:
        """Its first instant, for a show that starts then."""
        return start_at - timedelta(hours=self.hours_before)


def released_at(stages: Sequence[ReleaseStage], start_at: datetime, place: int, total: int) -> datetime:
    """When the accessible seat at this place, counted from 0 in the order of release, of so many is for everybody: the
    start, where no stage comes to it. A stage releases as many whole seats as its share has in it."""
    begins = [stage.begins_at(start_at) for stage in stages if place < int(stage.share * total + 1e-9)]
    return min(begins, default=start_at)
