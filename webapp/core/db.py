"""PostgreSQL: the engine, the unit of work of a request or a job, and what runs after its commit.

Nobody below the edges commits. A unit is opened by the HTTP edge or the job edge; everything in between finds it
through `session()`. A reading unit runs without a transaction: it saves two round trips a page.
"""

import functools
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, ParamSpec, cast

import psycopg
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Executable,
    MetaData,
    Table,
    event,
    text,
)
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from webapp.core import cache, clock, exchange, gate, ids, statements, timeouts
from webapp.core.exchange import Prepared as Prepared
from webapp.core.exchange import Soon

Id = Annotated[uuid.UUID, mapped_column(primary_key=True, default=ids.new)]
Time = Annotated[datetime, mapped_column(DateTime(timezone=True), default=clock.now)]
Big = Annotated[int, mapped_column(BigInteger)]
Arguments = ParamSpec("Arguments")
watched = statements.watched


class Base(DeclarativeBase):
    """The root of all tables; constraint names are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True)}

    if TYPE_CHECKING:
        __table__: ClassVar[Table]


class Unit:
    """One request's or job's work: its connection, opened when it is needed, what waits for the commit, its cost.

    An ORM session works on the same connection, in the same transaction.
    """

    def __init__(self, engine: Engine, make: Callable[..., Session] | None, reading: bool):
        self.after: list[Callable[[], object]] = []
        self.queries = 0
        self.seconds = 0.0
        self.concerns = "*"  # whom its writes do (core/replica.py): a person's id, "" nobody, "*" everybody
        self.away: Connection | None = None  # to a replica, while it reads there
        self.lines: list[exchange.Line] = []  # over which something was to go with the next statement
        self._engine = engine
        self._make = make
        self._reading = reading
        self._connection: Connection | None = None
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The ORM session."""
        if self._session is None:
            options: dict[str, Any] = {"expire_on_commit": False, "autoflush": False}
            if self._make is not None:
                self._session = self._make(bind=self._engine, **options)
            else:
                self._session = Session(self._own(), join_transaction_mode="control_fully", **options)
                self._session.connection()  # so that its commit is one of what was written before, too
        return self._session

    @property
    def connection(self) -> Connection:
        """The connection, for Core statements."""
        if self._make is not None or self._session is not None:
            return self.session.connection()
        return self._own() if self.away is None else self.away

    @property
    def line(self) -> exchange.Line:
        """The driver's connection, for prepared statements."""
        return cast(exchange.Line, self.connection.connection.driver_connection)

    def later(self, soon: Soon) -> None:
        """Send this with the next statement; with COMMIT if none comes."""
        line = self.line
        if line not in self.lines:
            self.lines.append(line)
        line.later(soon)

    def _own(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        if not self._reading and not self._connection.in_transaction():
            self._connection.begin()  # SQLAlchemy has to know of it: `Prepared` goes past it
        return self._connection

    @property
    def transaction(self) -> Session | Connection:
        """What the edges commit; a session that knows no database if nothing was asked of it."""
        return self._session or self._connection or Session()

    def rollback(self) -> None:
        """Undo what was done, and forget what waited for the commit."""
        self.after.clear()
        self.transaction.rollback()

    def close(self) -> None:
        """Give the connection back; whatever is asked after that takes one anew."""
        while self.lines:
            self.lines.pop().forget()
        if self._session is not None:
            self._session.close()
        if self._connection is not None:
            self._connection.close()
        self._session = self._connection = None


_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)
_engine: list[Engine] = []  # its connections commit by themselves
_writing: list[Engine] = []  # the same connections, in transactions
_kinds: dict[str, tuple[Engine, Engine, float]] = {}  # both, and the seconds of a unit, by kind of work
usual = [""]  # the kind of work of this process, where nothing else is said
committed: list[Callable[[Unit], None]] = []  # told of each commit, before anything else is


def connect(
    url: str, *, size: int, statement_timeout: float, lock_timeout: float = 2.0,
    kinds: Mapping[str, timeouts.Kind] | None = None, **options: Any,
) -> Engine:  # fmt: skip
    """Make the process's engines: the usual one, and one for each further kind of work."""
    ours = timeouts.Kind(size, statement_timeout, lock_timeout, statement_timeout + timeouts.GRACE)
    _let_go()
    for name, kind in {"": ours, **(kinds or {})}.items():
        made = make_engine(
            url, size=kind.connections, statement_timeout=kind.statement, lock_timeout=kind.lock, **options
        )
        _kinds[name] = (made, made.execution_options(isolation_level="READ COMMITTED"), kind.whole)
    use(_kinds[""][0])
    return engine()


def make_engine(
    url: str, *, size: int, overflow: int, wait: float, connect_timeout: int, statement_timeout: float,
    lock_timeout: float = 2.0,
) -> Engine:  # fmt: skip
    """Make an engine whose connections commit by themselves and are counted. Nothing is connected until it is used."""
    kind = timeouts.Kind(size, statement_timeout, lock_timeout)
    made = timeouts.engine(
        url, kind, poolclass=gate.Pool, max_overflow=overflow, pool_timeout=wait, connect_timeout=connect_timeout
    )
    event.listen(made, "before_cursor_execute", _start)
    event.listen(made, "after_cursor_execute", _stop)
    event.listen(made, "handle_error", _stop_failed)
    return made


def _ping(engine: Engine) -> None:
    """Reach the server by a new connection, then let go of the pools': they are from before it went."""
    cast(gate.Pool, engine.pool).knock()
    for one in {engine, *(kind[0] for kind in _kinds.values())}:
        one.dispose()


def _let_go() -> None:
    """Close what further kinds of work have open; the usual engine may be in use."""
    for made, _, _ in list(_kinds.values())[1:]:
        made.dispose()
    _kinds.clear()


def use(engine: Engine) -> None:
    """Take statements to this engine from now on."""
    if _kinds and engine is not _kinds[""][0]:
        _let_go()
    _engine[:] = [engine]
    _writing[:] = [engine.execution_options(isolation_level="READ COMMITTED")]
    gate.install(functools.partial(_ping, engine))


def engine() -> Engine:
    """Return the process's engine."""
    return _engine[0]


def writing() -> Engine:
    """Return the engine for whoever begins transactions by hand: migrations, tests."""
    return _writing[0]


def _start(_connection: Any, cursor: Any, statement: str, values: Any, context: Any, _many: bool) -> None:
    try:
        cursor.connection.hurry()
    except psycopg.Error as error:
        raise exchange.told(error) from error
    statements.announce(statement, values)
    context.started = time.perf_counter()


def _stop(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
    _count(context.started, statement)


def _stop_failed(failure: ExceptionContext) -> None:
    started = getattr(failure.execution_context, "started", None)
    if started is not None and failure.statement is not None:
        _count(started, failure.statement, failure.original_exception)


def _count(started: float, statement: str, failed: BaseException | None = None) -> None:
    seconds = statements.measure(started, statement, failed)
    unit = _unit.get()
    if unit is not None:
        unit.queries += 1
        unit.seconds += seconds


@contextmanager
def unit(*, reading: bool = False, make: Callable[..., Session] | None = None, kind: str = "") -> Iterator[Unit]:
    """Open a unit of work. It is rolled back at the end, unless an edge has committed it before."""
    autocommit, writing, seconds = _lane(kind or usual[0])
    current = Unit(autocommit if reading else writing, make, reading)
    token = _unit.set(current)
    try:
        with timeouts.budget(seconds):
            yield current
    finally:
        _unit.reset(token)
        current.close()


def _lane(kind: str) -> tuple[Engine, Engine, float]:
    if kind and kind in _kinds:
        return _kinds[kind]
    return _engine[0], _writing[0], _kinds[""][2] if _kinds else 0.0


def current() -> Unit:
    """Return the open unit of work."""
    found = _unit.get()
    if found is None:
        raise RuntimeError("no unit of work is open: only a request, a job or a command may reach the database")
    return found


def opened() -> bool:
    """Tell whether a unit of work is open."""
    return _unit.get() is not None


def session() -> Session:
    """Return the session of the open unit."""
    return current().session


def execute(statement: Executable, values: Any = None) -> Any:
    """Run a Core statement in the open unit. What is to give entities goes through `session()`."""
    return current().connection.execute(statement, values)


def prepared(build: Callable[Arguments, Any]) -> Callable[Arguments, Prepared]:
    """Decorate what builds a statement: it is built once for each set of arguments, and kept prepared."""

    @functools.cache
    @functools.wraps(build)
    def once(*arguments: Any, **named: Any) -> Prepared:
        return Prepared(build(*arguments, **named))

    return once  # type: ignore[return-value]


def rows(statement: Executable | Prepared, values: Any = None) -> Sequence[Any]:
    """Fetch all rows of a Core statement, without the ORM's share of the cost."""
    if isinstance(statement, Prepared):
        return _ask(_call(statement, values))[0]
    return current().connection.execute(statement, values).all()


def row(statement: Executable | Prepared, values: Any = None) -> Any:
    """Fetch the first row of a Core statement, or None."""
    return next(iter(rows(statement, values)), None)


def scalar(statement: Executable | Prepared, values: Any = None) -> Any:
    """Fetch the first column of the first row, or None."""
    return next((found[0] for found in rows(statement, values)), None)


def soon(statement: Prepared, values: Mapping[str, Any] | None = None) -> Soon:
    """Ask something on whose answer what is asked next does not build: they go in one round trip, in this order."""
    soon = Soon(_call(statement, values), _ask)
    current().later(soon)
    return soon


def along(statement: Prepared, values: Mapping[str, Any]) -> None:
    """Write something along with the next statement or the commit: nobody waits for its answer, nor fears it."""
    unit, frame = current(), sys._getframe(1)
    unit.later(Soon(_call(statement, values, f"{frame.f_code.co_filename}:{frame.f_lineno}"), _ask))
    if unit.line.autocommit:
        _ask()


def _call(statement: Prepared, values: Mapping[str, Any] | None, place: str = "") -> exchange.Call:
    call = exchange.Call(statement, {**statement.fixed, **(values or {})}, place)
    statements.announce(statement.text, call.values)
    current().queries += 1
    return call


def _ask(*calls: exchange.Call) -> list[list[Any]]:
    """Send what waits, and these, in one round trip; return the rows of each of these."""
    unit = current()
    started, failed, line = time.perf_counter(), cast(psycopg.Error | None, None), unit.line
    try:
        return line.ask(*calls)
    except psycopg.Error as error:
        failed = error
        if line.closed:
            timeouts.let_go(unit.connection, error)
        raise exchange.told(error) from error
    except BaseException:  # the worker is told to stop, or has been at it for too long
        if line.closed:
            unit.connection.invalidate()
        raise
    finally:
        unit.seconds += statements.measure(started, line.said, failed)


# FOR NO KEY UPDATE, for changes: FOR UPDATE would also hold up whoever writes a row that refers to this one.
LOCK: Any = {"key_share": True}


def add(*things: Base) -> None:
    """Insert rows now, in the open transaction."""
    session().add_all(things)
    session().flush()


def after_commit(call: Callable[[], object]) -> None:
    """Do this once the unit is committed; never if it is rolled back. It must not raise nor touch the database."""
    current().after.append(call)


def run_after_commit() -> None:
    """Run what waited for the commit. Called by the edges alone."""
    unit = current()
    unit.close()  # nobody waits for a connection while Redis is told
    waiting, unit.after = unit.after, []
    with cache.gathered():
        for call in [functools.partial(tell, unit) for tell in committed] + waiting:
            call()


def rollback() -> None:
    """Undo the open unit and forget what waited for its commit. Called by the edges alone."""
    current().rollback()


def lost(error: BaseException) -> bool:
    """Tell whether the error means that PostgreSQL is away, hung or shutting down, not that a statement was wrong."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        if not state:
            return isinstance(error, OperationalError | InterfaceError)
        # 40: two who waited for each other, of whom one was sent away; the next try succeeds
        return error.connection_invalidated or state[:2] in {"08", "40", "53", "57"} or state == "55P03"
    return isinstance(error, TimeoutError)


def alive() -> bool:
    """Tell whether PostgreSQL answers."""
    try:
        with _engine[0].connect() as connection:
            connection.execute(text("SELECT 1"))
    except Exception:  # any reason means that it does not answer
        return False
    return True
