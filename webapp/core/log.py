"""Structured logs: one JSON line an event on standard output, the request id on each."""

import logging
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import orjson
import structlog

# Belt and braces: whoever logs one of these by mistake logs a star.
_SECRET = ("password", "token", "cookie", "authorization", "secret", "signature")


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if _is_secret(name):
            event[name] = "*"
    return event


@lru_cache(maxsize=512)
def _is_secret(name: str) -> bool:
    return any(word in name for word in _SECRET)


def _render(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


def configure(level: str = "INFO") -> None:
    """Send structlog's and the standard library's records to standard output as JSON lines."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(number, logging.WARNING), format="%(message)s", handlers=[_Bridge()], force=True)


class _Bridge(logging.Handler):
    """Hands records of libraries over to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record of a library."""
        structlog.get_logger(record.name).log(
            record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info or None
        )


def get(name: str = "tintype") -> Any:
    """Return a logger."""
    return structlog.get_logger(name)


def bind(**values: Any) -> None:
    """Put values on every line that this request or job logs from now on."""
    structlog.contextvars.bind_contextvars(**values)


def context() -> dict[str, Any]:
    """Return what is bound now (to carry the request id into a job)."""
    return structlog.contextvars.get_contextvars()


def clear() -> None:
    """Forget what was bound."""
    structlog.contextvars.clear_contextvars()
