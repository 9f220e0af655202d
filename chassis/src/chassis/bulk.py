"""Many publishes in one write, each confirmed by itself, over the bookkeeping of aiormq's channel.

aiormq's own `basic_publish` costs a lock, a queue slot, a system call and several turns of the loop for every message.
This does the same once for all of them: tags counted under the channel's lock, a confirmation expected for each, one
frame queued. It leans on `delivery_tag`, `confirmations` and `message_id_delivery_tag` of aiormq 7.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiormq
from aiormq.abc import ChannelFrame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

_Basic = aiormq.spec.Basic
Confirmation = asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A persistent JSON message, and where it goes; one that is `mandatory` must reach a queue."""

    body: bytes
    exchange: str
    routing_key: str
    mandatory: bool
    message_id: str
    headers: dict[str, Any]
    kind: str = ""


async def send(channel: aiormq.Channel, parcels: Sequence[Parcel]) -> list[Confirmation]:
    """Write all; a future for each that the broker's word settles, or the channel's end. Raises when nothing was sent.

    The channel must have publisher confirms on.
    """
    async with channel.lock:
        before = channel.delivery_tag
        confirmations = [_expected(channel, parcel) for parcel in parcels]
        frames = (frame for parcel in parcels for frame in _frames(parcel, channel.max_content_size))
        try:
            await channel.write_queue.put(ChannelFrame.marshall(channel.number, frames))
        except BaseException:
            _take_back(channel, before, confirmations)
            raise
    return confirmations


def _expected(channel: aiormq.Channel, parcel: Parcel) -> Confirmation:
    channel.delivery_tag += 1
    tag, confirmation = channel.delivery_tag, channel.create_future()
    channel.confirmations[tag] = confirmation
    if parcel.mandatory:  # a message that comes back is known by its id
        channel.message_id_delivery_tag[parcel.message_id] = tag
        confirmation.add_done_callback(lambda _: _forget(channel, parcel.message_id, tag))
    return confirmation


def _forget(channel: aiormq.Channel, message_id: str, tag: int) -> None:
    if channel.message_id_delivery_tag.get(message_id) == tag:
        del channel.message_id_delivery_tag[message_id]


def _take_back(channel: aiormq.Channel, before: int, confirmations: Sequence[Confirmation]) -> None:
    """The broker has seen nothing: the numbers are used again."""
    channel.delivery_tag = before
    for tag, confirmation in enumerate(confirmations, start=before + 1):
        channel.confirmations.pop(tag, None)
        confirmation.cancel()


def _frames(parcel: Parcel, most: int) -> Iterator[Any]:
    yield _Basic.Publish(exchange=parcel.exchange, routing_key=parcel.routing_key, mandatory=parcel.mandatory)
    properties = _Basic.Properties(
        delivery_mode=2, message_id=parcel.message_id, content_type="application/json", headers=parcel.headers,
        message_type=parcel.kind,
    )  # fmt: skip
    yield ContentHeader(properties=properties, body_size=len(parcel.body))
    for start in range(0, len(parcel.body), most):
        yield ContentBody(parcel.body[start : start + most])
