"""Subscribes to the events of bookings: counts each sale and each cancellation once, however often it is delivered.

BROKER=amqp://subscriber:…@127.0.0.1:5672/ QUEUE=partner.acme.sales DATABASE=sales.db python examples/subscriber.py
"""

import asyncio
import os
import sqlite3

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from contracts.booking import BookingCancelled, BookingConfirmed

EXCHANGE = "marquee.events"
TABLE = "CREATE TABLE IF NOT EXISTS sales (event_id TEXT PRIMARY KEY, what TEXT, reference TEXT, amount INTEGER)"
LINE = "INSERT OR IGNORE INTO sales VALUES (?, ?, ?, ?)"


async def main() -> None:
    """Until it is stopped; a lost broker is come back to."""
    database = sqlite3.connect(os.environ["DATABASE"])
    database.execute(TABLE)
    connection = await aio_pika.connect_robust(os.environ["BROKER"])
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=100)
        queue = await channel.declare_queue(os.environ["QUEUE"], durable=True)
        for event in (BookingConfirmed, BookingCancelled):
            await queue.bind(EXCHANGE, event.type)
        print("subscribed", flush=True)
        async with queue.iterator() as messages:
            async for message in messages:
                record(database, message)
                await message.ack()  # once it is stored: what dies before is delivered again


def record(database: sqlite3.Connection, message: AbstractIncomingMessage) -> None:
    """One line for one event. The same event has the same id each time."""
    match message.headers["cloudEvents_type"]:
        case BookingConfirmed.type:
            sold = BookingConfirmed.model_validate_json(message.body)
            line = ("sold", sold.reference, sold.amount)
        case BookingCancelled.type:
            ended = BookingCancelled.model_validate_json(message.body)
            line = ("cancelled", ended.reference, -ended.refund)
        case _:
            return  # a newer version beside this one
    with database:
        is_new = database.execute(LINE, (message.headers["cloudEvents_id"], *line)).rowcount
    if is_new:
        print(*line, flush=True)


asyncio.run(main())
