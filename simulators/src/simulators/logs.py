"""Logs as JSON lines on standard output, as every process of Marquee writes them."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson


def log_json(name: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines(name))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # aiosmtpd tells every command of every connection.
    logging.getLogger("mail.log").setLevel(logging.WARNING)


class _JsonLines(logging.Formatter):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "service": f"simulator-{self._name}",
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info is not None:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()
