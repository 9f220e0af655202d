"""Admin calls about prices: what theaters, screens and showtimes say of them, a preview, taxes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from catalog.api.answers import as_json
from catalog.api.reads import ContextDep
from catalog.domain.scopes import Said
from catalog.errors import ScreenNotFound, ShowtimeClosed, ShowtimeNotFound, TheaterNotFound
from catalog.schemas.pricing import (
    PreviewItemView,
    PreviewRequest,
    PreviewView,
    PricingPatch,
    PricingScope,
    PricingView,
    SaidView,
)
from catalog.schemas.taxes import TaxBodies, TaxView, shown_taxes, taxes_as_json
from catalog.usecases import pricing
from catalog.usecases.pricing import PricingAuthor, ScopePrices
from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of, etag_of_bytes
from chassis.problems import Forbidden, InvalidInput, answering
from chassis.response_cache import ChangingRoute
from contracts.audit import Shown

AdminDep = Annotated[Caller, Depends(having("admin"))]
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]
reads = APIRouter(prefix="/api/admin", tags=["admin"], route_class=JsonRoute)
changes = APIRouter(prefix="/api/admin", tags=["admin"], route_class=ChangingRoute)


async def _scope(
    theater_id: Annotated[str | None, Query(alias="theaterId")] = None,
    screen_id: Annotated[str | None, Query(alias="screenId")] = None,
    showtime_id: Annotated[str | None, Query(alias="showtimeId")] = None,
) -> PricingScope:
    """An id of whatever length: one that is none is not found."""
    if [theater_id, screen_id, showtime_id].count(None) != 2:
        raise InvalidInput("theaterId", "exactly one of theaterId, screenId, showtimeId")
    return PricingScope.model_construct(theater_id=theater_id, screen_id=screen_id, showtime_id=showtime_id)


ScopeDep = Annotated[PricingScope, Depends(_scope)]


def _require_manager(caller: Caller, theater_id: str) -> None:
    if not caller.has(theater_id, "manager"):
        raise Forbidden("this theater is not yours")


def _shown(said: Said) -> Shown:
    return SaidView.of(said).model_dump(mode="json", by_alias=True)


def _answer(scope: PricingScope, prices: ScopePrices) -> Response:
    view = PricingView.of(scope, prices.said, prices.effective, prices.layout)
    return json_response(view, headers={"ETag": etag_of(prices.version)})


@reads.get(
    "/pricing",
    summary="What a theater, a screen or a showtime says of prices, and what counts there",
    response_model=PricingView,
    responses={200: TAGGED, **answering(TheaterNotFound, ScreenNotFound, ShowtimeNotFound)},
)
async def get_pricing(caller: ManagerDep, scope: ScopeDep, context: ContextDep) -> Response:
    """Exactly one of the parameters is given. The narrowest scope that says something wins, field by field."""
    prices = await pricing.read(context.store, scope.kind, scope.id)
    _require_manager(caller, prices.theater_id)
    return _answer(scope, prices)


@changes.patch(
    "/pricing",
    summary="Change what a theater, a screen or a showtime says of prices",
    response_model=PricingView,
    responses={
        200: TAGGED,
        **answering(TheaterNotFound, ScreenNotFound, ShowtimeNotFound, ShowtimeClosed, StaleVersion),
    },
)
async def update_pricing(body: PricingPatch, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Upcoming showtimes follow at once; holds keep the price they were quoted."""
    scope = body.scope
    _require_manager(caller, (await pricing.read(context.store, scope.kind, scope.id)).theater_id)
    prices = await pricing.change(
        context, scope.kind, scope.id, body.revised, by=PricingAuthor(caller.user_id, _shown), if_match=if_match
    )
    return _answer(scope, prices)


@reads.post(
    "/pricing/preview",
    summary="What each seat type would cost for each ticket type; nothing is stored",
    response_model=PreviewView,
    responses={200: TAGGED, **answering(ShowtimeNotFound)},
)
async def preview_pricing(body: PreviewRequest, caller: ManagerDep, context: ContextDep) -> Response:
    """Before fees and taxes, with the rules that fired. What is left out is as it is now."""
    scope = await pricing.read(context.store, "showtime", body.showtime_id)
    _require_manager(caller, scope.theater_id)
    currency, prices = await pricing.preview(
        context.store, body.showtime_id, body.revised, body.moment(), body.occupancy
    )
    view = PreviewView(items=[PreviewItemView.of(*price) for price in prices], currency=currency)
    return json_response(view, headers={"ETag": etag_of_bytes(as_json(view))})


@reads.get("/taxes", summary="The taxes on tickets", response_model=list[TaxView], responses={200: TAGGED})
async def get_taxes(_caller: AdminDep, context: ContextDep) -> Response:
    """Of a currency the entries with the latest `from` not after the day of the start count, of these the first that
    reaches up to the ticket's price. A currency without entries has no tax."""
    taxes = await context.store.taxes.find()
    return _json(taxes_as_json(taxes.entries), taxes.version)


@changes.put(
    "/taxes",
    summary="Replace the taxes on tickets",
    response_model=list[TaxView],
    responses={200: TAGGED, **answering(StaleVersion)},
)
async def replace_taxes(body: TaxBodies, caller: AdminDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Upcoming showtimes that start on the day `from` or later follow at once; holds keep their quote."""
    entries = tuple(tax.entry() for tax in body)
    taxes = await pricing.replace_taxes(context.store, entries, by=caller.user_id, shown=shown_taxes, if_match=if_match)
    return _json(taxes_as_json(taxes.entries), taxes.version)


def _json(body: bytes, version: int) -> Response:
    return Response(body, headers={"ETag": etag_of(version)}, media_type="application/json")
