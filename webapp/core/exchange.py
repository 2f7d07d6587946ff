"""PostgreSQL by the shortest way: statements prepared once, several in one write, their answers in one read.

psycopg opens the connections, waits, and turns values into text and answers into values. What it and SQLAlchemy do
around each single statement costs as much again, and each round trip wakes up two processes, which costs more than a
small statement does. So what can be sent together goes together: BEGIN with the first statement of a transaction,
what nobody waits for with the next one or with COMMIT, and whatever a page reads that does not build on each other.
"""

import time
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch, send
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from webapp.core import statements

_DIALECT = PGDialect_psycopg(paramstyle="pyformat")
_RAW = PGDialect_psycopg(paramstyle="numeric_dollar")
_KEPT = 200  # statements that a connection prepares, which PostgreSQL keeps with their plans; all others it plans anew
_STALE = ("0A000", "26000")  # what is prepared gives other columns by now, or is not there any more
_DONE, _IDLE = ExecStatus.PIPELINE_SYNC, TransactionStatus.IDLE


class Prepared:
    """A Core statement, compiled once, that goes straight to the driver: a third of the price of SQLAlchemy's way.

    Its values are asked by name; its rows are named tuples. `text` is for people and for the log; what is sent has the
    server's own placeholders. What it writes has to be said in full: defaults that Python makes are SQLAlchemy's.
    """

    def __init__(self, statement: Any):
        self.statement = statement
        self.text = str(statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True}))
        compiled = statement.compile(dialect=_RAW, compile_kwargs={"render_postcompile": True})
        if unsaid := [*compiled.insert_prefetch, *compiled.update_prefetch]:
            raise TypeError(f"not said: {', '.join(column.name for column in unsaid)}")
        self.sent, self.names = str(compiled).encode(), tuple(compiled.positiontup or ())
        self.formats = [PyFormat.TEXT] * len(self.names)
        self.fixed = dict(compiled.params)  # constants of the statement; what is asked by name is replaced


class Call(NamedTuple):
    """A statement with all its values; of what goes along with others also who asked for it."""

    statement: Prepared
    values: Mapping[str, Any]
    place: str = ""


_BEGIN, _COMMIT = Call(Prepared(text("BEGIN")), {}), Call(Prepared(text("COMMIT")), {})


class Soon:
    """Rows that come with those of the next statement, or at the latest when they are needed."""

    def __init__(self, call: Call, hurry: Callable[[], object]) -> None:
        self.call = call
        self.found: list[Any] | None = None
        self._hurry = hurry

    @property
    def rows(self) -> list[Any]:
        """All rows, in the unit of work that asked for them, or after its commit."""
        if self.found is None:
            self._hurry()
        if self.found is None:
            raise RuntimeError("asked for in another unit of work")
        return self.found

    @property
    def row(self) -> Any:
        """The first row, or None."""
        return next(iter(self.rows), None)


@cache
def _kind(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names)


class _Known:
    """What a connection knows of a statement: its name in the server, and how its values and rows are turned."""

    __slots__ = ("name", "row", "times", "turn")

    def __init__(self, line: "Line") -> None:
        self.name = b""  # until it is prepared there
        self.times = 0
        self.turn = Transformer(line)
        self.row: Callable[[Sequence[Any]], Any] | None = None

    def rows(self, answer: Any) -> list[Any]:
        """Return the rows of an answer."""
        if not answer.nfields:
            return []
        self.turn.set_pgresult(answer, set_loaders=self.row is None)
        if self.row is None:
            names = tuple(answer.fname(place).decode() for place in range(answer.nfields))
            self.row = _kind(names)._make
        found = self.turn.load_rows(0, answer.ntuples, self.row)
        self.turn.set_pgresult(None, set_loaders=False)  # else the answer would be kept until the next one
        return found


class Line(psycopg.Connection[Any]):
    """A connection over which statements go together."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._known: dict[Prepared, _Known] = {}
        self._names = 0
        self._waiting: list[Soon] = []
        self._asked: Sequence[Call] = ()  # together, the last time

    def ask(self, *calls: Call) -> list[list[Any]]:
        """Send what waits, then these, and return the rows of each of these. psycopg.Error as PostgreSQL says."""
        waiting, self._waiting = self._waiting, []
        begin = [] if self.autocommit or self.pgconn.transaction_status != _IDLE else [_BEGIN]
        found = self._trip([*begin, *(soon.call for soon in waiting), *calls])[len(begin) :]
        for soon, rows in zip(waiting, found, strict=False):
            soon.found = rows
        return found[len(waiting) :]

    def later(self, soon: Soon) -> None:
        """Send this with the next statement, or with COMMIT."""
        self._waiting.append(soon)

    def hurry(self) -> None:
        """Send what waits, as somebody is about to send a statement in another way."""
        if self._waiting:
            self.ask()

    def forget(self) -> None:
        """Leave out what waits: whoever wanted it is gone."""
        self._waiting.clear()

    @property
    def said(self) -> str:
        """What was sent the last time, for the log."""
        return ";\n".join([call.statement.text for call in self._asked])

    def commit(self) -> None:
        """End the transaction, with what waits; undone if that fails."""
        if not self._waiting and self.pgconn.transaction_status == _IDLE:
            return
        started, failed = time.perf_counter(), cast(psycopg.Error | None, None)
        try:
            self.ask(_COMMIT)
        except psycopg.Error as error:
            failed = error
            if not self.closed:
                self.rollback()
            raise
        finally:
            statements.measure(started, self.said, failed)

    def rollback(self) -> None:
        """Undo the transaction, and forget what waits."""
        self.forget()
        if self.pgconn.transaction_status != _IDLE:
            super().rollback()

    def _trip(self, calls: Sequence[Call]) -> list[list[Any]]:
        """Send statements in one write, and return the rows of each."""
        self._asked = calls
        packed = [(call, *self._pack(call)) for call in calls]
        parts: list[_Part] = []
        server = self.pgconn
        try:
            server.enter_pipeline_mode()
            for call, known, values in packed:
                parts += self._send(call, known, values)
            server.pipeline_sync()
            answers = self.wait(_answers(server))
            server.exit_pipeline_mode()
        except BaseException:
            self.close()  # an answer that is still to come must not be taken for somebody else's
            raise
        if len(answers) < len(parts) or any(answer.status == ExecStatus.FATAL_ERROR for answer in answers):
            raise _failure(parts, answers)
        return [part.known.rows(answer) for part, answer in zip(parts, answers, strict=True) if part.known]

    def _pack(self, call: Call) -> tuple[_Known, Sequence[Any]]:
        """Turn a call's values into text. psycopg.ProgrammingError for one that has no such form."""
        statement = call.statement
        known = self._known.get(statement)
        if known is None:
            known = self._known[statement] = _Known(self)
        return known, known.turn.dump_sequence([call.values[name] for name in statement.names], statement.formats)

    def _send(self, call: Call, known: _Known, values: Sequence[Any]) -> list["_Part"]:
        """Send one statement, which is prepared when it is asked for the second time. Returns what will be answered."""
        known.times += 1
        if known.name:
            self.pgconn.send_query_prepared(known.name, values)
            return [_Part(call, known)]
        if known.times == 1 or self._names >= _KEPT:
            self.pgconn.send_query_params(call.statement.sent, values)
            return [_Part(call, known)]
        self._names += 1
        known.name = b"s%d" % self._names
        self.pgconn.send_prepare(known.name, call.statement.sent)
        self.pgconn.send_query_prepared(known.name, values)
        return [_Part(call, prepares=known), _Part(call, known)]


class _Part(NamedTuple):
    """Something that PostgreSQL answers: of which call, and whose rows they are or who is prepared by it."""

    call: Call
    known: _Known | None = None
    prepares: _Known | None = None


def _answers(server: Any) -> Any:
    """Write what was sent and read one answer for each part of it; fewer if the line breaks."""
    yield from send(server)
    found: list[Any] = []
    while server.status == ConnStatus.OK:
        answer = yield from fetch(server)
        if answer is not None and answer.status == _DONE:
            break
        if answer is not None:  # None ends one statement's answers
            found.append(answer)
    return found


def _failure(parts: Sequence[_Part], answers: Sequence[Any]) -> psycopg.Error:
    """Return what PostgreSQL said of the first part that failed, with its statement; all after it was not done."""
    for place, (part, answer) in enumerate(zip(parts, answers, strict=False)):
        if answer.status != ExecStatus.FATAL_ERROR:
            continue
        error = error_from_result(answer)
        anew = [part.known] if error.sqlstate in _STALE else []
        for known in [*anew, *(undone.prepares for undone in parts[place:])]:
            if known is not None:
                known.name = b""
        vars(error).update(statement=part.call.statement.text, place=part.call.place)
        return error
    return psycopg.OperationalError("PostgreSQL hung up")


def told(error: psycopg.Error) -> DBAPIError:
    """Return what PostgreSQL said as SQLAlchemy would say it."""
    statement = getattr(error, "statement", "")
    return cast(DBAPIError, DBAPIError.instance(statement, None, error, psycopg.Error, hide_parameters=True))
