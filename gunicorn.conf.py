"""Gunicorn reads this by itself: what happens around its processes. Bind, workers and class come from the command."""

import gc
import importlib.util
import json
import logging
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

# A request's head: more is refused before the application hears of it. Bodies: web/edge.py.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# Seconds that an idle connection is kept. Two, the usual, are just the pause of a script that asks again and again: it
# would send as this side closes.
keepalive = 30

_most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _most))  # every open page holds a connection


def _traces() -> Any:
    """Load `webapp/core/traces.py` by its place: the whole of webapp must not be read before gevent has patched."""
    place = Path(__file__).parent / "webapp" / "core" / "traces.py"
    spec = importlib.util.spec_from_file_location("tintype_traces", place)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


_words = _traces()


class _Line(logging.Formatter):
    """Writes a record as a line of JSON, like the application's own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "event": _words.scrubbed(record.getMessage()), "level": record.levelname.lower(), "logger": record.name,
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"), "pid": os.getpid(),
        }  # fmt: skip
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = _words.written(record.exc_info[1])
        return json.dumps(line)


class Lines(Logger):
    """Gunicorn's logger: JSON on standard output, and never an address that was asked for, which may hold a key.

    It writes no line a request: the application does.
    """

    def _set_handler(self, log: logging.Logger, output: str, fmt: logging.Formatter, stream: Any = None) -> None:
        super()._set_handler(log, output, _Line(), stream=sys.stdout)

    def access(self, *_what: Any) -> None:
        """Leave requests to the application."""

    def warning(self, msg: Any, *args: Any, **named: Any) -> None:
        """Say that a request made no sense, not what it was."""
        sense = str(msg).startswith("Invalid request")
        super().warning("Invalid request" if sense else msg, *(() if sense else args), **named)

    def exception(self, msg: Any, *args: Any, **named: Any) -> None:
        """Say what went wrong, without the request's address."""
        super().exception(msg.partition("%")[0].strip() if isinstance(msg, str) else "worker failed", **named)


logger_class = Lines


_AT_ONCE = 1.0  # seconds: within so many a request that begins has arrived


class _Idle:
    """Connections that wait for a next request. They end when their process is to: else it would wait for them."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker
        self._since: dict[Any, tuple[float, Any]] = {}  # of a greenlet: when it began to wait, and for how long it may

    @contextmanager
    def wait(self) -> Iterator[None]:
        """Wait for a request, for `keepalive` seconds at most."""
        import gevent  # noqa: PLC0415 (nothing of it before its worker has patched)

        here = gevent.getcurrent()
        with gevent.Timeout(keepalive, False) as until:
            self._since[here] = time.monotonic(), until
            try:
                yield
            finally:
                del self._since[here]

    def watch(self) -> None:
        """End those that are idle once the process is to stop."""
        import gevent  # noqa: PLC0415

        while self._worker.alive or self._since:
            gevent.sleep(0.25)
            late = time.monotonic() - _AT_ONCE
            for greenlet, (since, until) in list(self._since.items()):
                if not self._worker.alive and since < late:
                    gevent.kill(greenlet, until)


def post_worker_init(worker: Any) -> None:
    """Let idle connections end with their process, and free the collector from what the application made at its start.

    That never becomes garbage.
    """
    import gevent  # noqa: PLC0415
    from gevent.hub import Hub  # noqa: PLC0415 (a worker makes threads greenlets before anything of ours is read)

    from webapp.core import live, log  # noqa: PLC0415

    log.catch_all()
    Hub.print_exception = lambda _hub, _where, kind, error, trace: log.uncaught(kind, error, trace)
    live.until(lambda: worker.alive)
    idle = _Idle(worker)
    worker.timeout_ctx = idle.wait
    gevent.spawn(idle.watch)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # a page makes some 10,000 objects, nearly all of them gone without the collector
