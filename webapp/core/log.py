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

from webapp.core import traces

Line = MutableMapping[str, Any]
# Belt and braces: whoever logs one of these by mistake logs a star.
_SECRET = ("password", "token", "cookie", "authorization", "secret", "signature", "email", "caption", "content")
_SAID = ("error", "reason", "exception")  # may quote what came in
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
_NOTHING: dict[str, Any] = {}

_bound: ContextVar[dict[str, Any]] = ContextVar("log", default=_NOTHING)
# Who else is told of errors and of lines: core/report.py.
reporters: list[Callable[[BaseException, Line], object]] = []
listeners: list[Callable[[Line], object]] = []


class Logger:
    """Writes events from a level on, one line each: what is bound and what is given, the level and the time."""

    def __init__(self, least: int, out: Any):
        self._least, self._out = least, out
        self._one_at_a_time = threading.Lock()

    def info(self, event: str, /, **values: Any) -> None:
        """Log what happened."""
        self.log(logging.INFO, event, **values)

    def warning(self, event: str, /, **values: Any) -> None:
        """Log what should not happen often."""
        self.log(logging.WARNING, event, **values)

    def error(self, event: str, /, **values: Any) -> None:
        """Log what went wrong."""
        self.log(logging.ERROR, event, **values)

    def exception(self, event: str, /, **values: Any) -> None:
        """Log what went wrong, with the error that is being handled."""
        self.log(logging.ERROR, event, **{"exc_info": True, **values})

    def critical(self, event: str, /, **values: Any) -> None:
        """Log what nobody expected to go wrong."""
        self.log(logging.CRITICAL, event, **values)

    def log(self, level: int, event: str, /, **values: Any) -> None:
        """Log an event of a level of the standard library's."""
        if level < self._least:
            return
        name = logging.getLevelName(level).lower()
        line = {**_bound.get(), "event": event, **values, "level": name, "timestamp": datetime.now(UTC)}
        written = orjson.dumps(_redacted(_told(line)), default=str, option=_OPTIONS)
        with self._one_at_a_time:
            self._out.write(written)
            self._out.flush()


def _told(line: Line) -> Line:
    """Let those hear of a line who listen; turn its error into words."""
    if listeners:
        _tell(listeners, line)
    given = line.pop("exc_info", None)
    error = _error(given) if given else None
    if error is not None:
        _tell(reporters, error, line)
        line["exception"] = traces.written(error)
    return line


def _tell(calls: list[Any], *what: Any) -> None:
    for call in calls:
        with suppress(Exception):  # what is for elsewhere must not hold up what is for here
            call(*what)


def _error(given: Any) -> BaseException | None:
    """Return the error that was meant: itself, a triple, or whichever is being handled."""
    if isinstance(given, BaseException):
        return given
    return given[1] if isinstance(given, tuple) else sys.exc_info()[1]


def _redacted(line: Line) -> Line:
    for name, kind in _delicate(tuple(line)):
        line[name] = "*" if kind == "secret" else traces.scrubbed(str(line[name]))
    return line


@lru_cache(maxsize=512)
def _delicate(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return those of a line's names whose values may not stand there as they are. Lines of a kind have the same."""
    secret = [(name, "secret") for name in names if any(word in name for word in _SECRET)]
    return secret + [(name, "said") for name in names if name in _SAID]


_logger: list[Logger] = []


def configure(level: str = "INFO") -> None:
    """Send our own and the standard library's records to standard output as JSON lines."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    _logger[:] = [Logger(number, sys.stdout.buffer)]
    logging.basicConfig(level=max(number, logging.WARNING), format="%(message)s", handlers=[Bridge()], force=True)


class Bridge(logging.Handler):
    """Writes records of libraries as lines like our own."""

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


def get() -> Logger:
    """Return what writes lines."""
    return _logger[0] if _logger else Logger(logging.INFO, sys.stdout.buffer)


def bind(**values: Any) -> None:
    """Put values on every line that this request or job logs from now on."""
    _bound.set({**_bound.get(), **values})


def context() -> dict[str, Any]:
    """Return what is bound now (to carry the request id into a job)."""
    return _bound.get()


def clear() -> None:
    """Forget what was bound."""
    _bound.set(_NOTHING)
