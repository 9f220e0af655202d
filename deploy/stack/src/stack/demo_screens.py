"""The screens of the demo theaters: as rooms are built, not as grids are; layouts as the admin API takes them."""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]


def letters(rows: int) -> list[str]:
    """The rows of the grid, from the screen."""
    return [chr(ord("A") + row) for row in range(rows)]


def room(rows: int, cols: int, *, dearest: str = "premium", **more: Any) -> Json:
    """Front row cheaper, the two last rows dearer, everything else standard."""
    grid = letters(rows)
    return {
        "rows": rows,
        "cols": cols,
        "seatTypes": [
            {"type": "front", "rows": grid[:1], "priceFactor": 0.8},
            {"type": dearest, "rows": grid[-2:], "priceFactor": 1.5},
            {"type": "standard", "rows": [], "priceFactor": 1},
        ],
        **more,
    }


def columns(rows: int, cols: Iterable[int]) -> list[str]:
    """These columns in every row."""
    return [f"{row}{col}" for row in letters(rows) for col in cols]


PLAIN = room(10, 14, aisles=[7], gaps=["A1", "A14"], accessible=["E1", "E14"])

# Nobody mistakes row I for 1 or row O for 0: there are none. The ninth row of the grid is row J.
NO_I_NO_O = room(
    15,
    18,
    aisles=[4, 14],
    rowLabels=list("ABCDEFGHJKLMNPQ"),
    gaps=["A1", "A2", "A17", "A18", "B1", "B18"],
    blocked=["O9", "O10"],
    accessible=["F1", "F18"],
    companions={"F2": "F1", "F17": "F18"},
)

# A wall cuts off two columns, and two persons can pass each other in the aisle: rows begin at the third column, where
# the seat is number 1, and nobody sits in the ninth. Behind, where the aisle has ended, the rows go through.
DOUBLE_AISLE = room(
    8,
    15,
    aisles=[{"after": 8, "rows": letters(6)}, {"after": 9, "rows": letters(6)}],
    gaps=[*columns(8, (1, 2)), *columns(6, (9,)), "A3", "A15"],
    numbering={"from": "left", "count": "seats"},
    accessible=["F3"],
    companions={"F4": "F3"},
)

# The last two rows are sofas for two. Seats are counted from the right, as the house reads.
COUPLES = room(
    10,
    16,
    dearest="couple",
    aisles=[8],
    gaps=["A1", "A16"],
    numbering={"from": "right", "count": "seats"},
    pairs=[[f"{row}{col}", f"{row}{col + 1}"] for row in "IJ" for col in range(1, 16, 2)],
    accessible=["E1", "E16"],
)
