"""Values that are no text, no number, no list and so on, whatever is asked for."""

from typing import Any

LONG = "x" * 10_000
NUL = "a\u0000b"
HUGE = 10**30
NO_TEXT: list[Any] = [None, 5, 2.5, True, [], {}, ["x"], "", " ", NUL, LONG]
NO_FLAG: list[Any] = [None, 1, 0, "true", "yes", [], {}]
NO_COUNT: list[Any] = [None, "1", 2.5, True, -1, HUGE, -HUGE, [], {}]
NO_EMAIL: list[Any] = [*NO_TEXT[1:], "a", "a@", "@b.test", "a@b@c", "a b@c.test", "a..b@c.test", "x" * 65 + "@c.test"]
NO_PHONE: list[Any] = [5, True, [], {}, "", "12", "nobody", "+441111", "9876543210", "0" * 40, NUL, LONG]
NO_KEY: list[Any] = [None, 5, [], {}, {"$gt": ""}, "", LONG]
NO_LIST: list[Any] = [None, 5, "x", {}, [None], [5], [[]], [{}]]
NO_OBJECT: list[Any] = [5, "x", [], True]
NO_NUMBER: list[Any] = [None, "1", True, [], {}, HUGE, -HUGE]
