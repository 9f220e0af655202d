"""Stands in for `python -m chassis SERVICE` and `python -m simulators NAME`: answers 200 to everything."""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Yes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if self.path == "/metrics":
            self.wfile.write(b"marquee_open_cases 2.0\n" if sys.argv[1] == "payment" else b"marquee_dead_letters 0.0\n")

    def do_POST(self) -> None:
        self.do_GET()


if os.environ.get("FAILS") == sys.argv[1]:
    sys.exit("it was told to fail")
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Yes).serve_forever()
