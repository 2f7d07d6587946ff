"""A read replica: asked where nobody can tell that it is one, left alone when it is away, hung or too far behind.

Places are counted in PostgreSQL's log (WAL), which a replica replays in order. After each commit the place is
remembered, for whoever wrote or for everybody (`db.Unit.concerns`), in the sorted set `replica:wrote` in Redis; a
replica that has not got there is not asked for them. Nor is one that lags: now and then a process notes where the
primary is, and the replica has to have passed such a note that is no older than the bound. Whatever is not known, Redis
being away, is a no.
ADR 14 says why. Without a replica nothing here costs a statement or a round trip.
"""

import functools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import psycopg
from psycopg import errors
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError

from webapp.core import cache, db, exchange, log, metrics

Found = TypeVar("Found")
EVERYBODY = "*"
_KEY = "replica:wrote"
_ASK = 0.1  # seconds between two questions of a process, where the replica is
_PAUSE = 5.0  # seconds for which one that failed is left alone
_SERVER = text(
    "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint AS flushed,"
    " pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS inserted"
)
_THERE = text(
    "SELECT pg_is_in_recovery() AS follows, pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint AS replayed"
)


class Hung(psycopg.OperationalError):
    """The replica did not answer in time."""


class Hurried(exchange.Line):
    """A connection that waits for an answer no longer than `patience`: a server that hangs sends no error."""

    patience = 1.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer; without one in time the connection is of no use any more."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except errors._WaitTimeout as error:
            self.close()
            raise Hung("the replica did not answer in time") from error


class Replica:
    """One replica as a process knows it."""

    def __init__(self, engine: Engine, lag: float):
        self.engine, self.lag = engine, lag
        self._replayed = 0
        self._notes: deque[tuple[float, int]] = deque(maxlen=64)  # when the primary was where
        self._asked = self._noted = self._silent_until = self._blind_until = float("-inf")
        self._owed = 0  # a place that Redis could not be told
        self._turn = threading.Lock()

    def verdict(self, person: object) -> str:
        """Tell whether it may be asked for a person: `replica`, or why not: away, behind, own (writes), unknown."""
        if self._silent:
            return "away"
        needed = self._needed(str(person))
        if needed is None:
            return "unknown"
        self._look(needed)
        if self._silent:
            return "away"
        if not self._near():
            return "behind"
        return "replica" if self._replayed >= needed else "own"

    @property
    def _silent(self) -> bool:
        return time.monotonic() < self._silent_until

    def _needed(self, person: str) -> int | None:
        """Return how far it has to be for this person; None if nobody knows."""
        if time.monotonic() < self._blind_until or not self._settled():
            return None
        try:
            everybody, own = cache.surely(lambda client: client.zmscore(_KEY, [EVERYBODY, person]))
            if everybody is None:  # Redis is empty: what was remembered there is no later than now
                everybody = db.current().connection.execute(_SERVER).one().inserted
                _remember(EVERYBODY, everybody)
        except cache.Silent:
            return None
        return int(max(everybody, own or 0))

    def _settled(self) -> bool:
        """Tell Redis what it could not be told before."""
        if self._owed:
            try:
                _remember(EVERYBODY, self._owed)
            except cache.Silent:
                return False
            self._owed = 0
        return True

    def _look(self, needed: int) -> None:
        """Find out where both servers are, if that was long ago and nobody else is about to."""
        now = time.monotonic()
        if self._silent or now - self._asked < _ASK or not self._turn.acquire(blocking=False):
            return
        try:
            if now - self._noted >= self.lag / 5:
                self._note(db.current().connection.execute(_SERVER).one(), needed)
            found = self._ask()
            if not found.follows:
                raise RuntimeError("it is no replica")
            self._replayed = found.replayed
            metrics.replica_lag.set(round(min(self.lag, time.monotonic() - self._passed()), 1))
        except Exception as error:  # whatever it is, the primary answers
            self.leave(error)
        finally:
            self._asked = time.monotonic()
            self._turn.release()

    def _ask(self) -> Any:
        """Ask it where it is. Connections of before a restart are no reason to leave it alone."""
        try:
            return self._place()
        except DBAPIError as error:
            if not error.connection_invalidated or isinstance(error.orig, Hung):
                raise
            self.engine.dispose()
            return self._place()

    def _place(self) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(_THERE).one()

    def _note(self, primary: Any, needed: int) -> None:
        if primary.inserted < needed:  # another cluster than the one that was written to: restored, or put in its place
            cache.drop(_KEY)
            self._notes.clear()
        self._noted = time.monotonic()
        self._notes.append((self._noted, primary.flushed))

    def _near(self) -> bool:
        """Tell whether it has passed a place where the primary was within the bound."""
        return self._passed() >= time.monotonic() - self.lag

    def _passed(self) -> float:
        return max((when for when, place in self._notes if place <= self._replayed), default=float("-inf"))

    def leave(self, error: BaseException) -> None:
        """Leave it alone for a while."""
        if not self._silent:
            reason = next(iter(str(getattr(error, "orig", error)).splitlines()), "")[:200]
            log.get().warning("replica left alone", error=type(error).__name__, reason=reason, seconds=_PAUSE)
        self._silent_until = time.monotonic() + _PAUSE
        self.engine.dispose()

    def wrote(self, unit: db.Unit) -> None:
        """Remember a commit that has just been: for a person or everybody."""
        if not unit.concerns or not unit.queries:
            return
        place = 0
        try:
            with db.engine().connect() as connection:
                place = connection.execute(_SERVER).one().inserted
            _remember(unit.concerns, place, self._forgettable())
        except cache.Silent:
            self._owed = max(self._owed, place)
        except Exception as error:  # it is committed: who wrote must not hear of an error now
            self._blind_until = time.monotonic() + self.lag
            log.get().warning("place of a commit unknown", error=type(error).__name__)

    def _forgettable(self) -> int:
        """Return a place that any replica has passed that is asked at all."""
        until = time.monotonic() - 2 * self.lag
        return max((place for when, place in self._notes if when < until), default=0)


def _remember(who: str, place: int, old: int = 0) -> None:
    """Write down how far a replica has to be for somebody: never less than before. Forget what all have passed."""

    def write(client: Any) -> None:
        pipe = client.pipeline(transaction=True)
        if old:
            pipe.zremrangebyscore(_KEY, "-inf", f"({old}")
            pipe.zadd(_KEY, {EVERYBODY: old}, gt=True)  # there has to be one: without it Redis counts as emptied
        pipe.zadd(_KEY, {who: place}, gt=True).execute()

    cache.surely(write)


_replica: list[Replica] = []


def connect(url: str, *, lag: float, patience: float, **options: Any) -> None:
    """Use the replica at this address; none if it is empty."""
    for old in _replica:
        old.engine.dispose()
    _replica.clear()
    db.committed.clear()
    if not url:
        return
    kind: Any = type("Hurried", (Hurried,), {"patience": patience})
    engine = db.make_engine(url, statement_timeout=patience * 0.9, **options)
    event.listen(engine, "do_connect", lambda _dialect, _record, args, named: kind.connect(*args, **named), insert=True)
    _replica.append(Replica(engine, lag))
    db.committed.append(_replica[0].wrote)


def here() -> Replica | None:
    """Return the replica, if there is one."""
    return _replica[0] if _replica else None


@contextmanager
def reading(there: Replica) -> Iterator[Connection]:
    """Let the open unit read from the replica."""
    unit = db.current()
    with there.engine.connect() as connection:
        unit.away, line = connection, cast(exchange.Line, connection.connection.driver_connection)
        try:
            yield connection
        finally:
            unit.away = None
            if line in unit.lines:  # something still waits, and somebody else gets the connection now
                unit.lines.remove(line)
                line.forget()


def from_primary(read: Callable[[], Found]) -> Callable[[], Found]:
    """Decorate what reads something to be kept for others: it has to be as the primary has it."""

    @functools.wraps(read)
    def asked() -> Found:
        unit = db.current()
        away, unit.away = unit.away, None
        try:
            return read()
        finally:
            unit.away = away

    return asked


def alive() -> str:
    """Tell how the replica is: ok, behind or away."""
    there = here()
    if there is None:
        return "none"
    with db.unit(reading=True):
        try:
            there._look(0)
        except Exception:  # the primary does not answer
            return "away"
    return "away" if there._silent else "ok" if there._near() else "behind"
