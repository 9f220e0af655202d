"""Which two seats the demo's buyer takes, and how it draws the map."""

from typing import Any

from contracts.layout import Layout, SeatLabel

MARKS = {"available": ".", "held": "h", "sold": "#", "blocked": " "}
Json = dict[str, Any]


def neighbours(availability: Json) -> list[str] | None:
    """Two free seats side by side without an aisle between, near the middle; both of a couple's pair, or neither. None
    where none are left."""
    free = {(seat["row"], seat["number"]): seat for seat in availability["seats"] if seat["status"] == "available"}
    layout = Layout.model_validate(availability["layout"])
    rows = list(dict.fromkeys(seat["row"] for seat in availability["seats"]))
    middle = (len(rows) / 2, layout.cols / 2)
    pairs = [(row, number) for row, number in free if (row, number + 1) in free and not layout.aisle_after(row, number)]
    pairs = [at for at in pairs if _go_together(free[at], free[at[0], at[1] + 1])]
    if not pairs:
        return None
    row, number = min(pairs, key=lambda at: abs(rows.index(at[0]) - middle[0]) + abs(at[1] + 0.5 - middle[1]))
    return [free[row, number]["seatId"], free[row, number + 1]["seatId"]]


def _go_together(left: Json, right: Json) -> bool:
    """Whether neither leaves the other half of a couple's pair behind."""
    return left.get("pairedWith") in {None, right["seatId"]} and right.get("pairedWith") in {None, left["seatId"]}


def label_of(seat: Json) -> str:
    """What is painted on it."""
    return str(SeatLabel.model_validate(seat["label"]))


def drawn(availability: Json, chosen: list[str]) -> str:
    """A line per row, under its painted name: `.` free, `h` held, `#` sold, `*` chosen; aisles and gaps are blank."""
    layout = Layout.model_validate(availability["layout"])
    rows, names = dict[str, dict[int, str]](), dict[str, str]()
    for seat in availability["seats"]:
        mark = "*" if seat["seatId"] in chosen else MARKS[seat["status"]]
        rows.setdefault(seat["row"], {})[seat["number"]] = mark
        names[seat["row"]] = seat["label"]["row"]
    width = max(map(len, names.values()))
    columns = range(1, layout.cols + 1)
    return "\n".join(
        f"  {names[row]:>{width}} "
        + "".join(marks.get(n, " ") + (" " if layout.aisle_after(row, n) else "") for n in columns).rstrip()
        for row, marks in rows.items()
    )
