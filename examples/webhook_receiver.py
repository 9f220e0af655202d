"""Takes the webhooks that Marquee sends to partners: verifies each, and handles it once however often it is sent.

PORT=9000 WEBHOOK_SECRET=whsec_… DATABASE=webhooks.db python examples/webhook_receiver.py
"""

import os
import sqlite3
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

VERIFIER = Webhook(os.environ["WEBHOOK_SECRET"])
DATABASE = sqlite3.connect(os.environ["DATABASE"])
LONGEST_BYTES = 1_000_000


class Receiver(BaseHTTPRequestHandler):
    """Answers 2xx once the event is stored: anything else, and it is sent again."""

    def do_POST(self) -> None:
        """One event; its signature covers the bytes as they came."""
        length = int(self.headers.get("Content-Length", "0"))
        if length > LONGEST_BYTES:
            return self._answer(413)
        body = self.rfile.read(length)
        try:
            event = VERIFIER.verify(body, {name.lower(): value for name, value in self.headers.items()})
        except WebhookVerificationError:
            return self._answer(400)
        with DATABASE:
            line = (self.headers["webhook-id"], body)
            is_new = DATABASE.execute("INSERT OR IGNORE INTO webhooks VALUES (?, ?)", line).rowcount
        if is_new:
            print(event["type"], event["data"].get("bookingId"), flush=True)
        return self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


DATABASE.execute("CREATE TABLE IF NOT EXISTS webhooks (id TEXT PRIMARY KEY, body BLOB)")
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
