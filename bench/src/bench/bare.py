"""The yardstick: a FastAPI endpoint that takes a hold's body and gives a hold's answer, and does nothing between.

Served by the same server, loop and settings as a service of ours.
"""

from fastapi import FastAPI
from pydantic import BaseModel, Field

from chassis.app import Application
from chassis.server import serve
from chassis.settings import ProcessSettings, load


class Wish(BaseModel):
    """What a hold asks for."""

    showtimeId: str = Field(max_length=64)  # noqa: N815  the wire's own name
    seatIds: list[str] = Field(min_length=1, max_length=10)  # noqa: N815  the wire's own name


class Line(BaseModel):
    """A line of a quote."""

    seatId: str  # noqa: N815  the wire's own name
    type: str
    price: int


class Given(BaseModel):
    """An answer of a hold's size."""

    id: str
    showtimeId: str  # noqa: N815  the wire's own name
    seatIds: list[str]  # noqa: N815  the wire's own name
    status: str
    lines: list[Line]
    total: int


app = FastAPI()


@app.post("/hold", status_code=201)
async def hold(wish: Wish) -> Given:
    """Echo."""
    lines = [Line(seatId=seat, type="standard", price=20_000) for seat in wish.seatIds]
    return Given(
        id="hld_0", showtimeId=wish.showtimeId, seatIds=wish.seatIds, status="active", lines=lines, total=20_000
    )


if __name__ == "__main__":
    serve(Application(app), load(ProcessSettings))
