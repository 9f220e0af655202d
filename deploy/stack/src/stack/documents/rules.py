"""What follows for schemas from where they are used: in a change, or in an answer."""

from collections.abc import Iterable

from stack.documents.schemas import REF, Schema, children, drop_defaults, references

_NAMED = {
    "movieId": "mov",
    "theaterId": "thr",
    "theaterIds": "thr",
    "favouriteTheaterIds": "thr",
    "screenId": "scr",
    "showtimeId": "sho",
    "holdId": "hld",
    "bookingId": "bkg",
    "paymentId": "pay",
    "userId": "usr",
    "createdBy": "usr",
    "webhookId": "whk",
    "messageId": "msg",
}
OWN = {
    "BookedShowtime": "sho",
    "Booking": "bkg",
    "Case": "cas",
    "Hold": "hld",
    "Movie": "mov",
    "Payment": "pay",
    "Screen": "scr",
    "Showtime": "sho",
    "Theater": "thr",
    "TheaterWithScreens": "thr",
    "User": "usr",
    "Webhook": "whk",
    "WebhookDelivery": "wdl",
    "WebhookWithSecret": "whk",
}
_SEATS = frozenset({"seatIds", "suggestion"})


def tell(document: Schema) -> None:
    """Change the schemas of a document accordingly."""
    schemas = document["components"]["schemas"]
    items = document["paths"].values()
    changes = [item["patch"].get("requestBody", {}) for item in items if "patch" in item]
    bodies = [operation.get("requestBody", {}) for item in items for operation in item.values()]
    for name in _reached(changes, schemas):
        drop_defaults(schemas[name])  # what is left out stays: a client that filled in a default would change it
    taken = _reached(bodies, schemas)
    for name, schema in schemas.items():
        if name in taken:
            _tell_what_is_not_blank(schema)
        else:
            _tell_prefixes(name, schema)
            _tell_what_is_always_there(schema)


def _tell_what_is_always_there(schema: Schema) -> None:
    """An answer says what has a default too, so that nobody has to fill it in; seats of a list are named once."""
    fields = schema.get("properties", {})
    given = [name for name, field in fields.items() if "default" in field]
    if needed := [name for name in fields if name in {*schema.get("required", ()), *given}]:
        schema["required"] = needed
    for name in fields.keys() & _SEATS:
        fields[name]["uniqueItems"] = True
    drop_defaults(schema)


def _tell_what_is_not_blank(schema: Schema) -> None:
    """Space around a text is not counted, but in passwords: one that must not be empty has something else."""
    if schema.get("type") == "string" and schema.get("minLength", 0) > 0 and schema.get("format") != "password":
        schema.setdefault("pattern", r"\S")
    for child in children(schema):
        _tell_what_is_not_blank(child)


def _tell_prefixes(owner: str, schema: Schema) -> None:
    """Ids are opaque, but for the prefix that says what they name. A request may name anything, and finds nothing."""
    for name, field in schema.get("properties", {}).items():
        prefix = OWN.get(owner) if name == "id" else _NAMED.get(name)
        text = field.get("items", field)
        if prefix is not None and text.get("type") == "string":
            text.setdefault("pattern", f"^{prefix}_")


def _reached(parts: Iterable[Schema], schemas: Schema) -> set[str]:
    """The names of all schemas that the parts are made of."""
    waiting = [ref for part in parts for ref in references(part)]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop().removeprefix(REF)
        if name not in seen:
            seen.add(name)
            waiting += references(schemas[name])
    return seen
