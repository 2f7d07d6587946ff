"""What happens at each statement, whoever sends it: it is counted, told to those who watch, and logged if it is slow.

A slow one is logged with placeholders where its values were. The line carries the route or the job, as all lines of a
request or job do, and a fingerprint by which lines about the same statement are found.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from webapp.core import log, metrics, traces

_watchers: list[list[tuple[str, Any]]] = []
listeners: list[Callable[[str, float], object]] = []  # who else is told of each statement and its seconds
_slow = [0.2]


def configure(*, slow_ms: int) -> None:
    """Set how many milliseconds make a statement slow; 0: none is."""
    _slow[0] = slow_ms / 1000 or float("inf")


def announce(statement: str, values: Any) -> None:
    """Tell those who watch what is about to be sent."""
    for watcher in _watchers:
        watcher.append((statement, values))


def measure(started: float, statement: str, failed: BaseException | None = None) -> float:
    """Count a statement that has ended, well or not. Returns how many seconds it took."""
    seconds = time.perf_counter() - started
    metrics.query_seconds.observe(seconds)
    if seconds >= _slow[0]:
        _tell(statement, seconds, failed)
    for listener in listeners:
        listener(statement, seconds)
    return seconds


def _tell(statement: str, seconds: float, failed: BaseException | None) -> None:
    metrics.slow_queries.inc()
    sql, mark = _written(statement)
    outcome = type(failed).__name__ if failed else "done"
    log.get().warning(
        "slow statement", duration_ms=round(seconds * 1000, 1), statement=sql, fingerprint=mark, outcome=outcome
    )


@lru_cache(maxsize=256)
def _written(statement: str) -> tuple[str, str]:
    return traces.squeezed(statement, 2000), blake2b(statement.encode(), digest_size=6).hexdigest()


@contextmanager
def watched() -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements, with their values, that this process sends meanwhile (for tests and `bin/bench`)."""
    sent: list[tuple[str, Any]] = []
    _watchers.append(sent)
    try:
        yield sent
    finally:
        _watchers.remove(sent)
