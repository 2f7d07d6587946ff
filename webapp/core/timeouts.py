"""How long anybody waits for PostgreSQL, by what they wait for.

PostgreSQL itself ends a statement, or the wait for a lock, that takes too long. One that is hung ends nothing, so the
waiting is bounded here, too: a connection that does not answer in time is closed. What a request spends in all its
statements is bounded as a whole; the time in which it waits for anything else does not count.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import psycopg
from psycopg.errors import _WaitTimeout
from sqlalchemy import Connection as SQLConnection
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import TimeoutError

from webapp.core import clock, exchange, log

GRACE = 0.5  # seconds after which PostgreSQL should have ended a statement by itself
_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of work may wait, in seconds; 0: for ever. `whole`: all statements of a unit together."""

    connections: int
    statement: float
    lock: float
    whole: float = 0.0


@dataclass(slots=True)
class Budget:
    """What is left of a unit's time."""

    left: float


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def budget(seconds: float) -> Iterator[None]:
    """Let what is done here wait for PostgreSQL so many seconds in all; 0: each statement by its own measure."""
    token = _budget.set(Budget(seconds) if seconds else None)
    try:
        yield
    finally:
        _budget.reset(token)


@contextmanager
def spending() -> Iterator[None]:
    """Count this time as time spent waiting."""
    kept = _budget.get()
    if kept is None:
        yield
        return
    started = time.monotonic()
    try:
        yield
    finally:
        kept.left -= time.monotonic() - started


class Spent(psycopg.OperationalError):
    """A request has used up its time. That says nothing of the server, nor of any other connection to it."""


class Connection(exchange.Line):
    """A connection whose every answer has to come in time."""

    patience: float | None = None  # seconds; None: for ever

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server as psycopg does, but not for longer than this work may."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        kept = _budget.get()
        started, bound = time.monotonic(), self._bound(kept)
        try:
            return super().wait(gen, interval, bound)
        except _WaitTimeout:
            self.close()  # whatever it is about to say, nobody listens any more
            if bound is not None and self._patient(bound):
                raise psycopg.OperationalError("PostgreSQL did not answer in time") from None
            raise Spent("this request has waited for PostgreSQL for too long in all") from None
        finally:
            if kept is not None:
                kept.left -= time.monotonic() - started

    def _bound(self, kept: Budget | None) -> float | None:
        if kept is None:
            return self.patience
        return max(_LEAST, kept.left if self.patience is None else min(kept.left, self.patience))

    def _patient(self, seconds: float) -> bool:
        """Tell whether a server that is silent for so long must be hung: it should have ended any statement by now.

        The first statement of a request has a little less than its whole time, as it took a moment to come so far;
        half of the grace is left to it for that, so that a server which hangs is noticed by whoever comes next.
        """
        return self.patience is not None and seconds >= self.patience - GRACE / 2


def engine(url: str, kind: Kind, *, connect_timeout: int, **pool: Any) -> Engine:
    """Make an engine for one kind of work. Nothing is connected until the first statement."""
    statement, lock = int(kind.statement * 1000), int(kind.lock * 1000)
    made = create_engine(
        url,
        pool_size=kind.connections,
        pool_recycle=1800,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",  # most units read; those that write say so, see `db.use`
        skip_autocommit_rollback=True,
        hide_parameters=True,  # what people wrote must not be told by an error
        json_deserializer=orjson.loads,
        connect_args={
            "connect_timeout": connect_timeout,
            "options": f"-c statement_timeout={statement} -c lock_timeout={lock}"
            " -c idle_in_transaction_session_timeout=30000 -c timezone=UTC",
            "keepalives_idle": 10,
            "tcp_user_timeout": statement + 1000 if statement else 30000,
            "prepare_threshold": None,  # `exchange` prepares what is worth it
        },
        **pool,
    )
    event.listen(made, "do_connect", partial(_open, kind))
    event.listen(made, "handle_error", _spare_others)
    return made


def _spare_others(failure: ExceptionContext) -> None:
    if isinstance(failure.original_exception, Spent):
        failure.invalidate_pool_on_disconnect = False  # one connection was given up, all others are good


def let_go(connection: SQLConnection, error: Exception) -> None:
    """Let go of a connection that is closed: alone, or by SQLAlchemy with all others that died with it."""
    if isinstance(error, Spent):
        connection.invalidate()
    else:
        connection.exec_driver_sql("SELECT 1")


def _open(kind: Kind, _dialect: Any, _record: Any, arguments: Any, named: Any) -> Connection:
    kept = _budget.get()
    if kept is not None and kept.left <= 0:
        raise TimeoutError("there is no time left in which to connect")
    opened = Connection.connect(*arguments, **named)
    opened.patience = kind.statement + GRACE if kind.statement else None
    _ask_time(opened)
    return opened


def _ask_time(opened: Connection) -> None:
    """Find out how wrong this machine's clock is: once a connection, so that a clock that is put right counts soon."""
    opened.autocommit = True
    began = time.time()
    found = opened.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    opened.autocommit = False
    ahead = found[0] - (began + time.time()) / 2 if found else 0.0
    if clock.follow(ahead):
        log.get().warning("clock differs from the database's", seconds=round(ahead))
