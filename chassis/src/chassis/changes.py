"""Bodies of changes: what is left out stays as it is, at every depth; lists are replaced whole.

`class TheaterPatch(Change[NewTheater])` has the fields of a new theater, each of which may be left out, and so have the
objects inside. Objects whose names are the client's own (`dict` fields) are merged by name; null takes an entry out.
"""

from collections.abc import Mapping
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Generic, TypeVar, Union, cast, get_args, get_origin

from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from chassis.bodies import VALIDATED_BEFORE, RequestBody

M = TypeVar("M", bound=RequestBody)


class Change(RequestBody, Generic[M]):
    """What to change of a resource; `applied` gives the whole resource with the change in it."""

    whole: ClassVar[type[RequestBody]]

    def __class_getitem__(cls, whole: Any) -> Any:
        """`Change[NewTheater]`: the body of a change, made at run time from the body of the whole."""
        return _change_of(whole)

    def applied(self, stored: Mapping[str, Any]) -> M:
        """The whole with the change in it, validated as if it had been sent whole: a value that is valid alone may be
        invalid beside those that stay.

        Rules that change with the years, such as which phone numbers there are, do not count here: each value was
        validated when it was sent.
        `stored` is the document as it is now, in snake_case; what is no field of the body is passed over.
        """
        fields = {name: stored[name] for name in self.whole.model_fields.keys() & stored.keys()}
        present = self.whole.model_validate(fields, by_alias=False, by_name=True, context=VALIDATED_BEFORE)
        sent = merged(present.model_dump(mode="json", by_alias=True), self.sent())
        try:
            return cast(M, self.whole.model_validate(sent, context=VALIDATED_BEFORE))
        except ValidationError as error:
            faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
            raise RequestValidationError(faults, body=sent) from None

    def sent(self) -> dict[str, Any]:
        """What was sent, as JSON with the client's names."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def merged(present: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Merge Patch (RFC 7396): objects are merged, null takes a name out, all else replaces what was there."""
    whole = dict(present)
    for name, value in change.items():
        if value is None:
            whole.pop(name, None)
        elif isinstance(value, Mapping):
            before = whole.get(name)
            whole[name] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            whole[name] = value
    return whole


@cache
def _change_of(whole: type[RequestBody]) -> type[RequestBody]:
    fields: dict[str, Any] = {
        name: (_annotation(field), _optional(field)) for name, field in whole.model_fields.items()
    }
    made = create_model(
        f"{whole.__name__}Change", __base__=Change, __doc__=whole.__doc__, __module__=__name__, **fields
    )
    made.whole = whole
    return made


def _annotation(field: FieldInfo) -> Any:
    kind = _change_within(field.annotation)
    return reduce(lambda wrapped, more: Annotated[wrapped, more], field.metadata, kind)


def _optional(field: FieldInfo) -> Any:
    """A field that may be left out. Its schema names no default: a client that filled it in would change what it never
    saw."""
    return Field(default_factory=NoneType, alias=field.alias, description=field.description)


def _change_within(kind: Any) -> Any:
    """Objects may come in part; the elements of lists come whole."""
    if isinstance(kind, type) and issubclass(kind, RequestBody):
        return _change_of(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return reduce(or_, map(_change_within, inner))
    if origin is dict:
        return dict.__class_getitem__((inner[0], _change_within(inner[1]) | None))
    return kind
