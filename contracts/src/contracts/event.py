"""What every event is: a frozen pydantic model with a literal, versioned wire name."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def _utc(value: datetime) -> datetime:
    from_zone = value.utcoffset()
    if from_zone is None or from_zone.total_seconds() != 0:
        raise ValueError("times on the wire are in UTC")
    return value


UtcTime = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An instant, in UTC: another offset is refused."""


class Value(BaseModel):
    """A value object: immutable, equal by its fields, part of an event or document. Unknown fields are passed over, so
    that a newer producer is understood.

    Fields are snake_case in Python and on the bus; aliases are camelCase, for HTTP bodies that carry the same value.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Event(Value):
    """One fact, said in the past tense. `type` is the routing key and the CloudEvents `type`.

    A field may be added when it is optional; anything else is a new class with `.v2` beside the old.
    `subject_field` names the field that is the CloudEvents `subject`: the aggregate the fact is about.
    `private` events bear a secret and travel over `marquee.private` alone. A `transient` event is not stored by who
    says it: the next one stands for it. An event `carries` a `snapshot`, all of its aggregate, of which the newest is
    enough; or a `change`, one fact, and each counts.
    """

    type: ClassVar[str]
    subject_field: ClassVar[str]
    private: ClassVar[bool] = False
    transient: ClassVar[bool] = False
    carries: ClassVar[Literal["snapshot", "change"]] = "change"

    @property
    def subject(self) -> str:
        """The id of the aggregate this fact is about."""
        return str(getattr(self, self.subject_field))
