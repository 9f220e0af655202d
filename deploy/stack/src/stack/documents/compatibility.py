"""Which changes of the public document break clients made from an older one; each is a line, none for what is added.

A request that was good must stay good; an answer must stay one that an old client understands.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stack.documents.schemas import Schema, resolved
from stack.documents.shapes import Shapes

_METHODS = ("get", "post", "put", "patch", "delete")
_PROBLEM = "application/problem+json"


def breaks(old: Schema, new: Schema) -> list[str]:
    """What clients of the old document stumble over."""
    return list(_Comparison(old, new).lines())


class _Comparison:
    """Two documents, and how their schemas compare."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._shapes = Shapes(old, new)

    def lines(self) -> Iterator[str]:
        """All breaks."""
        for path, item in self._old["paths"].items():
            for method in (method for method in _METHODS if method in item):
                after = self._new["paths"].get(path, {}).get(method)
                name = item[method]["operationId"]
                if after is None:
                    yield f"{name}: {method.upper()} {path} was removed"
                else:
                    yield from self._operation(item[method], after, name)
        for name in self._named("schemas", self._old) - self._named("schemas", self._new):
            yield f"schema {name} was removed: generated clients have a type of that name"
        yield from self._codes()

    def _operation(self, old: Schema, new: Schema, name: str) -> Iterator[str]:
        if new["operationId"] != name:
            yield f"{name}: is called {new['operationId']} now"
        if {} in _ways_in(old) and {} not in _ways_in(new):
            yield f"{name}: needs a token now"
        yield from self._parameters(old, new, name)
        yield from self._body(old.get("requestBody"), new.get("requestBody"), name)
        yield from self._answers(old["responses"], new["responses"], name)

    def _parameters(self, old: Schema, new: Schema, name: str) -> Iterator[str]:
        before, after = (self._by_place(root, operation) for root, operation in ((self._old, old), (self._new, new)))
        for key, parameter in before.items():
            at = f"{name} parameter {key[1]}"
            if key not in after:
                yield f"{at}: was removed"
                continue
            if after[key].get("required") and not parameter.get("required"):
                yield f"{at}: is required now"
            yield from self._shapes.requests(parameter["schema"], after[key]["schema"], at)
        for key in after.keys() - before.keys():
            if after[key].get("required"):
                yield f"{name} parameter {key[1]}: is new and required"

    @staticmethod
    def _by_place(root: Schema, operation: Schema) -> dict[tuple[str, str], Schema]:
        parameters = (resolved(root, parameter) for parameter in operation.get("parameters", ()))
        return {(parameter["in"], parameter["name"]): parameter for parameter in parameters}

    def _body(self, old: Schema | None, new: Schema | None, name: str) -> Iterator[str]:
        if new and new.get("required") and not (old and old.get("required")):
            yield f"{name} body: is required now"
        if old and not new:
            yield f"{name} body: is not taken any more"
        if old and new:
            for media, content in old["content"].items():
                if media not in new["content"]:
                    yield f"{name} body: {media} is not taken any more"
                else:
                    at = f"{name} body"
                    yield from self._shapes.requests(content["schema"], new["content"][media]["schema"], at)

    def _answers(self, old: Schema, new: Schema, name: str) -> Iterator[str]:
        for status in sorted(old.keys() | new.keys()):
            before = resolved(self._old, old[status]) if status in old else None
            after = resolved(self._new, new[status]) if status in new else None
            at = f"{name} {status}"
            if before is None and status < "4":
                yield f"{at}: is new, and no client waits for it"
            elif before is not None and after is None:
                yield f"{at}: is not answered any more"
            elif before is not None and after is not None:
                yield from self._answer(before, after, at)

    def _answer(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        for header in old.get("headers", {}).keys() - new.get("headers", {}).keys():
            yield f"{at}: the header {header} was removed"
        before, after = old.get("content", {}), new.get("content", {})
        for media, content in before.items():
            if media not in after:
                yield f"{at}: {media} is not answered any more"
            elif media == _PROBLEM:
                yield from self._problems(content, after[media], at)
            elif "schema" in content:
                yield from self._shapes.answers(content["schema"], after[media].get("schema", {}), at)

    def _problems(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        """A code may be added: clients switch on those they know."""
        before, after = _by_code(self._old, old["schema"]), _by_code(self._new, new["schema"])
        for code, problem in before.items():
            if code not in after:
                yield f"{at}: the code {code} was removed"
            else:
                yield from self._shapes.answers(problem, after[code], f"{at} {code}")

    def _codes(self) -> Iterator[str]:
        before, after = (
            set(_part(document, "schemas", "ErrorCode").get("enum", ())) for document in (self._old, self._new)
        )
        yield from (f"the code {code} was removed" for code in sorted(before - after))

    @staticmethod
    def _named(section: str, document: Schema) -> set[str]:
        return set(document.get("components", {}).get(section, {}))


def _part(document: Schema, section: str, name: str) -> Mapping[str, Any]:
    part: Mapping[str, Any] = document.get("components", {}).get(section, {}).get(name, {})
    return part


def _ways_in(operation: Schema) -> list[Any]:
    return operation.get("security") or [{}]


def _by_code(root: Schema, schema: Schema) -> dict[str, Schema]:
    problems = (resolved(root, variant) for variant in schema.get("oneOf", [schema]))
    return {problem["properties"]["code"]["const"]: problem for problem in problems}
