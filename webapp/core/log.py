"""Structured logs: one JSON line an event on standard output, the request id on each.

What reaches a line as an error or a reason is scrubbed (`core/traces.py`), of traces the places and the first words are
kept. Nothing else may write to standard output: libraries' records come through `Bridge`, what nobody caught through
`catch_all`.
"""

import logging
import sys
import threading
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog

from webapp.core import traces

Line = MutableMapping[str, Any]
# Belt and braces: whoever logs one of these by mistake logs a star.
_SECRET = ("password", "token", "cookie", "authorization", "secret", "signature", "email", "caption", "content")
_SAID = ("error", "reason", "exception")  # may quote what came in
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
_NOTHING: dict[str, Any] = {}

_logger: list[Any] = []
_bound: ContextVar[dict[str, Any]] = ContextVar("log", default=_NOTHING)
# Who else is told of errors and of lines: core/report.py.
reporters: list[Callable[[BaseException, Line], object]] = []
listeners: list[Callable[[Line], object]] = []


def _gather(_logger: Any, method: str, event: Line) -> Line:
    """Put together what is bound, the level and the time; turn an error into words."""
    event = {**_bound.get(), **event, "level": method, "timestamp": datetime.now(UTC)}
    if listeners:
        _tell(listeners, event)
    given = event.pop("exc_info", None)
    error = _error(given) if given else None
    if error is not None:
        _tell(reporters, error, event)
        event["exception"] = traces.written(error)
    return event


def _tell(calls: list[Any], *what: Any) -> None:
    for call in calls:
        with suppress(Exception):  # what is for elsewhere must not hold up what is for here
            call(*what)


def _error(given: Any) -> BaseException | None:
    """Return the error that was meant: itself, a triple, or whichever is being handled."""
    if isinstance(given, BaseException):
        return given
    return given[1] if isinstance(given, tuple) else sys.exc_info()[1]


def _redact(_logger: Any, _method: str, event: Line) -> Line:
    for name, value in event.items():
        kind = _kind(name)
        if kind is not None:
            event[name] = "*" if kind == "secret" else traces.scrubbed(str(value))
    return event


@lru_cache(maxsize=512)
def _kind(name: str) -> str | None:
    if any(word in name for word in _SECRET):
        return "secret"
    return "said" if name in _SAID else None


def _render(_logger: Any, _method: str, event: Line) -> bytes:
    return orjson.dumps(event, default=str, option=_OPTIONS)


def configure(level: str = "INFO") -> None:
    """Send structlog's and the standard library's records to standard output as JSON lines."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[_gather, _redact, _render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
    )
    _logger[:] = [structlog.get_logger().bind()]  # ready: to make one for each line costs more than the line
    logging.basicConfig(level=max(number, logging.WARNING), format="%(message)s", handlers=[Bridge()], force=True)


class Bridge(logging.Handler):
    """Hands records of libraries over to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record of a library."""
        get().log(
            record.levelno, traces.scrubbed(record.getMessage()), logger=record.name, exc_info=record.exc_info or None
        )


def catch_all() -> None:
    """Write what nobody caught as a line, too, wherever it happened: for processes that serve, not for commands."""
    sys.excepthook = uncaught
    threading.excepthook = lambda args: uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    logging.captureWarnings(True)


def uncaught(kind: type[BaseException], error: BaseException | None, _trace: Any = None) -> None:
    """Write down an error that ended a thread or a process."""
    if issubclass(kind, SystemExit | KeyboardInterrupt):
        return
    get().critical("uncaught error", exc_info=error or kind())


def get() -> Any:
    """Return what writes lines."""
    return _logger[0] if _logger else structlog.get_logger()


def bind(**values: Any) -> None:
    """Put values on every line that this request or job logs from now on."""
    _bound.set({**_bound.get(), **values})


def context() -> dict[str, Any]:
    """Return what is bound now (to carry the request id into a job)."""
    return _bound.get()


def clear() -> None:
    """Forget what was bound."""
    _bound.set(_NOTHING)
