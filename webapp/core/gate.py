"""The gate before PostgreSQL's connections: while the database is away, whoever wants one learns it at once.

The first request that finds it gone shuts the gate; from then on nobody waits for a timeout and nothing piles up. A
thread of its own (a greenlet under gevent) asks every half a second by a fresh connection, and opens it again.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from webapp.core import log, metrics, timeouts

_PACE = 0.5  # seconds between two questions
most_waiting = [100]  # requests of one process that may wait for a connection at the same time
_GONE = frozenset({"57P01", "57P02", "57P03"})  # shutting down, crashed, not yet started


class Away(OperationalError):
    """The database is known to be away: it was not asked."""

    def __init__(self) -> None:
        super().__init__("", None, ConnectionError("the database is away"))


class Pool(QueuePool):
    """SQLAlchemy's pool behind the gate."""

    waiting = 0

    def connect(self) -> PoolProxiedConnection:
        """Hand out a connection. Away while the gate is shut; TimeoutError if too many wait for one already."""
        if _gate.shut:
            raise Away
        if self.waiting >= most_waiting[0]:
            raise TimeoutError("too many wait for a connection to the database")
        self.waiting += 1
        try:
            with timeouts.spending():
                return super().connect()
        finally:
            self.waiting -= 1

    def _create_connection(self) -> ConnectionPoolEntry:
        if _gate.shut:  # since this caller began to wait for its turn
            raise Away
        return super()._create_connection()

    def knock(self) -> None:
        """Open a connection beside the pool's, and close it."""
        super()._create_connection().close()


class Gate:
    """Open, or shut until `ping` gets through."""

    def __init__(self, ping: Callable[[], object]):
        self.shut = False
        self._ping = ping
        self._lock = threading.Lock()

    def close(self) -> None:
        """Shut the gate, and begin to ask when it can be opened."""
        with self._lock:
            if self.shut:
                return
            self.shut = True
        metrics.database_gate.set(1)
        log.get().error("database gate shut")
        threading.Thread(target=self._watch, name="database gate", daemon=True).start()

    def _watch(self) -> None:
        began = time.monotonic()
        while self is _gate and not self._through():
            time.sleep(_PACE)
        if self is not _gate:  # it stands before nothing any more
            return
        self.shut = False
        metrics.database_gate.set(0)
        log.get().warning("database gate open", seconds=round(time.monotonic() - began, 1))

    def _through(self) -> bool:
        try:
            self._ping()
        except Exception:  # whatever the reason, it does not answer
            return False
        return True


_gate = Gate(lambda: None)


def install(ping: Callable[[], object]) -> None:
    """Begin anew with an open gate, before another database."""
    global _gate
    _gate = Gate(ping)
    metrics.database_gate.set(0)


def is_shut() -> bool:
    """Tell whether the database is known to be away."""
    return _gate.shut


def found(error: BaseException) -> None:
    """Shut the gate if an error says that the database is gone.

    One that is slow or refuses a statement is there, and one that took all of a request's time may be.
    """
    if isinstance(error, DBAPIError) and not isinstance(error, Away) and _is_gone(error):
        _gate.close()


def _is_gone(error: DBAPIError) -> bool:
    state: Any = getattr(error.orig, "sqlstate", None) or ""
    if isinstance(error.orig, timeouts.Spent):
        return False
    if not state:
        return isinstance(error, OperationalError | InterfaceError)
    return state[:2] == "08" or state in _GONE
