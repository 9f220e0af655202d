"""Prices by scope: what a theater, a screen or a showtime says, what counts there, and what seats would cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from catalog.domain.authors import Author
from catalog.domain.layouts import seats_for_sale
from catalog.domain.scopes import Said, Scope, narrowest
from catalog.domain.showtimes import Showtime, snapshot_of
from catalog.domain.taxes import TaxEntry, Taxes
from catalog.domain.theaters import Screen, Theater
from catalog.errors import ShowtimeNotFound
from catalog.store import Store
from catalog.usecases import resources, showtimes
from catalog.usecases.context import Context
from catalog.usecases.resources import SCREENS, THEATERS, ResourceType
from chassis.conditional import IfMatch
from chassis.problems import InvalidInput
from contracts.audit import Shown
from contracts.catalog import AuditRecorded
from contracts.layout import Layout
from pricing import SeatTypePrice, seat_type_prices, seat_types

V = TypeVar("V", Theater, Screen)
Revise = Callable[[Said], Said]
CHANGED = "pricing.changed"


@dataclass(frozen=True, slots=True)
class PricingAuthor:
    """The user who changes prices, and how the audit shows what a scope says."""

    user_id: str
    shown: Callable[[Said], Shown]


@dataclass(frozen=True, slots=True)
class ScopePrices:
    """What a scope says of prices, what counts there, and by which version of its theater, screen or showtime.

    `layout` is that of a screen or a showtime.
    """

    theater_id: str
    version: int
    said: Said
    effective: Said
    layout: Layout | None = None


async def read(store: Store, scope: Scope, scope_id: str) -> ScopePrices:
    """The prices of a scope; raises the 404 of a theater, screen or showtime."""
    match scope:
        case "theater":
            return _of_theater(await resources.by_id(store, THEATERS, scope_id))
        case "screen":
            return await _of_screen(store, await resources.by_id(store, SCREENS, scope_id))
        case "showtime":
            return await _of_showtime(store, scope_id)


def _of_theater(theater: Theater) -> ScopePrices:
    return ScopePrices(theater.id, theater.version, theater.prices, theater.prices)


async def _of_screen(store: Store, screen: Screen) -> ScopePrices:
    theater = await resources.by_id(store, THEATERS, screen.theater_id)
    effective = narrowest((screen.prices, theater.prices))
    return ScopePrices(theater.id, screen.version, screen.prices, effective, screen.layout)


async def _of_showtime(store: Store, showtime_id: str) -> ScopePrices:
    showtime, layout = await _up_to_date(store, showtime_id)
    prices, said = showtime.prices, showtime.scopes.showtime
    effective = replace(showtime.scopes.effective, fees=prices.fees)
    return ScopePrices(showtime.theater.theater_id, showtime.version, said, effective, layout)


async def _up_to_date(store: Store, showtime_id: str) -> tuple[Showtime, Layout]:
    """A showtime and its layout. One that is not over has what theater, screen and taxes say now, also where a change
    of these has not reached it yet."""
    await showtimes.by_id(store, showtime_id)
    whole = await store.showtimes.find_with_layout(showtime_id)
    if whole is None:
        raise ShowtimeNotFound("no showtime has this id")
    showtime, layout = whole
    if showtime.status_at(datetime.now(UTC)) == "scheduled":
        theater = await store.theaters.find(showtime.theater.theater_id)
        screen = await store.screens.find(showtime.screen.screen_id)
        showtime = showtime.in_theater(theater, await store.taxes.find()) if theater else showtime
        showtime = showtime.on_screen(screen) if screen else showtime
    return showtime, layout


async def change(
    context: Context, scope: Scope, scope_id: str, revised: Revise, *, by: PricingAuthor, if_match: IfMatch
) -> ScopePrices:
    """Store what `revised` makes of what a scope says; upcoming showtimes follow soon after, holds keep their prices.

    Raises the 404 of a theater, screen or showtime, `StaleVersion`, `ShowtimeClosed` for a showtime that has begun or
    was cancelled, and `InvalidInput` for one that would have no base price.
    """
    match scope:
        case "theater":
            return _of_theater(await _change(context.store, THEATERS, scope_id, revised, by=by, if_match=if_match))
        case "screen":
            screen = await _change(context.store, SCREENS, scope_id, revised, by=by, if_match=if_match)
            return await _of_screen(context.store, screen)
        case "showtime":
            author: Author[Showtime] = Author(by.user_id, lambda showtime: by.shown(showtime.scopes.showtime))
            revise = partial(_own_prices, revised=revised)
            await showtimes.change(context, scope_id, revise, moves=False, by=author, if_match=if_match, action=CHANGED)
            return await _of_showtime(context.store, scope_id)


async def _change(
    store: Store, kind: ResourceType[V], resource_id: str, revised: Revise, *, by: PricingAuthor, if_match: IfMatch
) -> V:
    """Change what a theater or a screen says."""

    def revise(resource: V) -> V:
        return replace(resource, prices=revised(resource.prices))

    author: Author[V] = Author(by.user_id, lambda resource: by.shown(resource.prices))
    return await resources.change(store, kind, resource_id, revise, by=author, if_match=if_match, action=CHANGED)


def _own_prices(showtime: Showtime, revised: Revise) -> Showtime:
    scopes = replace(showtime.scopes, showtime=revised(showtime.scopes.showtime))
    if scopes.effective.base_price is None:
        raise InvalidInput("basePrice", "is needed: neither the theater nor the screen says one")
    return replace(showtime, scopes=scopes)


async def preview(
    store: Store, showtime_id: str, revised: Revise, moment: datetime, occupancy: float | None
) -> tuple[str, list[tuple[str, str, SeatTypePrice]]]:
    """The currency, and what each type of seat costs for each type of ticket by what `revised` makes of what the
    showtime says; `occupancy` None: as full as it is. Stores nothing; raises `ShowtimeNotFound`."""
    showtime, layout = await _up_to_date(store, showtime_id)
    said = revised(showtime.scopes.showtime)
    showtime = replace(showtime, scopes=showtime.scopes.saying("showtime", said))
    full = _occupancy(showtime, layout) if occupancy is None else occupancy
    return showtime.currency, list(_prices(showtime, layout, moment, full))


def _occupancy(showtime: Showtime, layout: Layout) -> float:
    """Sold and held over the seats that are not blocked, as far as seating has said."""
    _, for_sale = seats_for_sale(layout)
    return (for_sale - showtime.seats_available) / for_sale if for_sale else 0.0


def _prices(
    showtime: Showtime, layout: Layout, moment: datetime, occupancy: float
) -> Iterator[tuple[str, str, SeatTypePrice]]:
    snapshot = snapshot_of(showtime, layout)
    tickets = [ticket.type for ticket in snapshot.prices.all_ticket_types()]
    by_ticket = {ticket: seat_type_prices(snapshot, moment, occupancy, ticket) for ticket in tickets}
    for seat_type in seat_types(snapshot):
        for ticket in tickets:
            yield seat_type, ticket, by_ticket[ticket][seat_type]


async def replace_taxes(
    store: Store,
    entries: tuple[TaxEntry, ...],
    *,
    by: str,
    shown: Callable[[Taxes], Shown],
    if_match: IfMatch,
) -> Taxes:
    """Store these entries in place of all others; upcoming showtimes follow soon after. Raises `StaleVersion`."""

    def revise(taxes: Taxes) -> Taxes:
        if_match.require(taxes.version)
        return replace(taxes, entries=entries)

    def record(before: Taxes, after: Taxes) -> AuditRecorded:
        return AuditRecorded.of(by, "taxes.replaced", "taxes", shown(before), shown(after))

    return await store.taxes.replace(revise, record)
