"""Log lines for operators: constant messages, facts as fields, a request id on every line."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from audit.context import current_context

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class RequestIdFilter(logging.Filter):
    """Puts the id of the current request on the record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_context().request_id or "-"
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what was passed in `extra=` becomes fields of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {
            name: value
            for name, value in record.__dict__.items()
            # Django's own server and request loggers attach the whole request: not a fact to keep.
            if name not in _STANDARD and name not in {"request", "server_time"}
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
