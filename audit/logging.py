"""Log lines for operators: constant messages, facts as fields, a request id on every line."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from audit.context import current_context

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

# What these say is about the code. Others repeat what somebody sent: a database names the row that
# was there already, a codec the letters it could not take.
_SPEAK_OF_CODE = (ArithmeticError, AttributeError, ImportError, NameError, NotImplementedError)


class RequestIdFilter(logging.Filter):
    """Puts the id of the current request on the record."""

    def filter(self, record: logging.LogRecord) -> bool:
        of_the_answer = getattr(getattr(record, "request", None), "request_id", "")
        record.request_id = current_context().request_id or of_the_answer or "-"
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what was passed in `extra=` becomes fields of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
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

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Where it was raised and what kind it is, with what led to it; no personal data."""
        return "\n".join(_told(ei[1])) if ei[1] is not None else ""


def _message(record: logging.LogRecord) -> str:
    """Django's own lines name the address that was asked for, and with it people and organizations:
    what is left says what kind of answer it was."""
    path = getattr(getattr(record, "request", None), "path", None)
    if path is None or not (record.args and isinstance(record.args, tuple)):
        return record.getMessage()
    # As Django writes it there.
    named = path.encode("unicode_escape").decode("ascii")
    return str(record.msg) % tuple("…" if each in (path, named) else each for each in record.args)


def _told(error: BaseException) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _told(earlier)
        yield "Then:"
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    yield f"{kind}: {error}" if isinstance(error, _SPEAK_OF_CODE) else kind
