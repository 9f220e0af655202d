"""HTTP in: check-in at the gates of a theater, with and without a network."""

from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from booking.checkin_schemas import CheckInBody, ManifestView, UnsignedManifest, UploadBody, UploadedResultsView
from booking.errors import (
    AlreadyCheckedIn,
    BookingNotFound,
    CheckinClosed,
    InvalidTicket,
    NotAdmitted,
    ShowtimeNotFound,
    WrongShowtime,
)
from booking.schemas import BookingView
from booking.state import UseCasesDep
from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, json_response
from chassis.conditional import TAGGED, etag_of, etag_of_bytes
from chassis.problems import InvalidInput, answering
from checkin.manifest import ManifestSigner

router = APIRouter(prefix="/api/admin/checkin", tags=["admin"], route_class=JsonRoute)
StaffDep = Annotated[Caller, Depends(having("admin", "manager", "staff"))]
ShowtimeIdParam = Annotated[str, Query(alias="showtimeId", min_length=1)]


async def _signer(request: Request) -> ManifestSigner:
    signer: ManifestSigner = request.state.manifest_signer
    return signer


SignerDep = Annotated[ManifestSigner, Depends(_signer)]


@router.post(
    "",
    summary="Let a guest in",
    response_model=BookingView,
    responses={
        200: TAGGED,
        **answering(
            BookingNotFound,
            ShowtimeNotFound,
            AlreadyCheckedIn,
            WrongShowtime,
            CheckinClosed,
            NotAdmitted,
            InvalidTicket,
        ),
    },
)
async def check_in(body: CheckInBody, caller: StaffDep, use_cases: UseCasesDep, signer: SignerDep) -> Response:
    """By the QR code of a ticket or the booking's reference. Each booking is let in once: of two gates the second gets
    409 `already_checked_in` with when and where the first was."""
    shown = body.shown([signer.key])
    booking = await use_cases.check_in.let_in(shown, caller, showtime_id=body.showtime_id, device_id=body.device_id)
    view = BookingView.of(await use_cases.lookup.with_show(booking))
    return json_response(view, headers={"ETag": etag_of(booking.version)})


@router.get(
    "/manifest",
    summary="The tickets of a showtime, signed, for a gate without a network",
    response_model=ManifestView,
    responses=answering(ShowtimeNotFound),
)
async def get_manifest(
    caller: StaffDep, use_cases: UseCasesDep, signer: SignerDep, showtime_id: ShowtimeIdParam
) -> Response:
    """All bookings that have had a ticket, and whether they still admit. `signature` is a detached JWS (EdDSA) of the
    rest in its RFC 8785 form; a gate verifies it with keys that it stored before."""
    manifest = UnsignedManifest.of(await use_cases.check_in.gate_list(showtime_id, caller), signer.key)
    signed = signer.sign(manifest.model_dump(mode="json", by_alias=True))
    return Response(orjson.dumps(signed), headers={"Cache-Control": "private, no-store"}, media_type="application/json")


@router.post(
    "/batch",
    summary="The scans of a gate without a network",
    response_model=UploadedResultsView,
    responses={200: TAGGED, **answering(ShowtimeNotFound, CheckinClosed)},
)
async def upload_scans(body: UploadBody, caller: StaffDep, use_cases: UseCasesDep, signer: SignerDep) -> Response:
    """By the same rule, at the times of the scans, which may not lie in the future; what arrives first counts. Sent
    again: the same results. Taken until 24 hours after the show's end."""
    now = datetime.now(UTC)
    for place, scan in enumerate(body.scans):
        if scan.scanned_at > now:
            raise InvalidInput(f"scans.{place}.scannedAt", "must not lie in the future")
    results = await use_cases.check_in.upload(body.showtime_id, body.device_id, body.uploaded([signer.key]), caller)
    content = UploadedResultsView.of(results).model_dump_json(by_alias=True).encode()
    return Response(content, headers={"ETag": etag_of_bytes(content)}, media_type="application/json")
