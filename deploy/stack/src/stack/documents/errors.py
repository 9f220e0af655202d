"""The page of all error codes, `docs/errors.md`."""

from collections.abc import Iterator, Mapping

from pydantic.alias_generators import to_camel

from chassis.problems import Problem, members_of
from stack.documents import problems
from stack.documents.schemas import REF, Schema, references

_INTRODUCTION = """# Errors

Made by `make schemas` from the classes of all services; do not edit.

Every failure is a problem document (RFC 9457): `{type, title, status, detail, code, traceId}` and the members named
below. Clients switch on `code`; `detail` is for people and may change.

| code | status | meaning | members | of |
| --- | --- | --- | --- | --- |
"""


def page(document: Schema) -> str:
    """Each code with the operations that can answer with it."""
    known = problems.known()
    answered = _by_code(document, known)
    everywhere = sum(len(item) for item in document["paths"].values())
    return _INTRODUCTION + "".join(_row(known[code], answered.get(code, []), everywhere) for code in sorted(known))


def _row(kind: type[Problem], operations: list[str], everywhere: int) -> str:
    members = ", ".join(f"`{to_camel(name)}`" for name in members_of(kind))  # type: ignore[arg-type]  # a class is hashable
    of = ", ".join(f"`{name}`" for name in operations)
    if not operations:
        of = "what is no call of the document"
    elif len(operations) > 8:
        of = "every call" if len(operations) == everywhere else f"{len(operations)} calls"
    return f"| `{kind.code}` | {kind.status} | {problems.meaning(kind)} | {members} | {of} |\n"


def _by_code(document: Schema, known: Mapping[str, type[Problem]]) -> dict[str, list[str]]:
    codes = {f"{REF}{problems.schema_name(code)}": code for code in known}
    names_of: dict[str, list[str]] = {}
    for name, refs in _operations(document):
        for code in {codes[ref] for ref in refs if ref in codes}:
            names_of.setdefault(code, []).append(name)
    return {code: sorted(names) for code, names in names_of.items()}


def _operations(document: Schema) -> Iterator[tuple[str, set[str]]]:
    answers = document["components"]["responses"]
    for item in document["paths"].values():
        for operation in item.values():
            named = {ref.rpartition("/")[2] for ref in references(operation["responses"])}
            yield (
                operation["operationId"],
                {ref for name in named & answers.keys() for ref in references(answers[name])},
            )
