"""Statements that go together: how often the server is written to, what is seen by what, and what a failure undoes."""

import uuid

import pytest
from sqlalchemy import Integer, Text, Uuid, bindparam, cast, func, select, table, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from webapp.core import db, exchange
from webapp.core.outbox import Outbox

rows = Outbox.__table__
mine = rows.c.id == bindparam("row_id", type_=Uuid)
read = db.Prepared(select(rows.c.error.label("said")).where(mine))
write = db.Prepared(update(rows).where(mine).values(error=bindparam("text", type_=Text)))
refused = db.Prepared(update(rows).where(mine).values(job=cast(bindparam("text"), Text)))
number = db.Prepared(select(cast(cast(bindparam("text"), Text), Integer).label("number")))


@pytest.fixture
def trips(monkeypatch):
    """Count how often a connection waits for PostgreSQL because of prepared statements."""
    seen = []
    trip = exchange.Line._trip
    monkeypatch.setattr(exchange.Line, "_trip", lambda line, *given: (seen.append(given), trip(line, *given))[1])
    return seen


@pytest.fixture
def own(app):
    """Make a row in a transaction of its own, which other connections see, and remove it again."""
    row_id = uuid.uuid4()
    with db.unit() as unit:
        unit.connection.execute(rows.insert().values(id=row_id, job="none", arguments=[], status="done", error=""))
        unit.transaction.commit()
    yield row_id
    with db.unit() as unit:
        unit.connection.execute(rows.delete().where(rows.c.id == row_id))
        unit.transaction.commit()


def now(row_id: uuid.UUID) -> str:
    """Return what the row says, as others see it."""
    with db.unit(reading=True) as unit:
        return unit.connection.execute(read.statement, {"row_id": row_id}).scalar()


def test_what_is_read_soon_comes_with_the_next_read(own, trips):
    with db.unit(reading=True) as unit:
        first, second = db.soon(read, {"row_id": own}), db.soon(read, {"row_id": uuid.uuid4()})
        assert db.row(read, {"row_id": own}).said == ""
        assert len(trips) == 1
        assert (first.row.said, second.rows, second.row) == ("", [], None)
        assert len(trips) == 1
        assert unit.queries == 3


def test_alone_it_is_asked_for_when_it_is_needed(own, trips):
    with db.unit(reading=True):
        soon = db.soon(read, {"row_id": own})
        assert not trips
        assert soon.row.said == ""
    with db.unit(reading=True):
        late = db.soon(read, {"row_id": own})
    with db.unit(reading=True), pytest.raises(RuntimeError):
        assert late.rows


def test_a_write_is_one_round_trip_with_its_transaction(own, trips):
    with db.unit() as unit:
        db.along(write, {"row_id": own, "text": "Hello"})
        assert not trips
        unit.transaction.commit()
    assert len(trips) == 1
    assert now(own) == "Hello"


def test_each_sees_what_was_asked_before_it_whatever_way_it_goes(own, trips):
    with db.unit() as unit:
        db.along(write, {"row_id": own, "text": "one"})
        before = db.soon(read, {"row_id": own})
        db.along(write, {"row_id": own, "text": "two"})
        assert db.scalar(read, {"row_id": own}) == "two"
        assert before.row.said == "one", "they are carried out in the order in which they were asked"
        db.along(write, {"row_id": own, "text": "three"})
        assert unit.connection.execute(read.statement, {"row_id": own}).scalar() == "three"
        db.along(write, {"row_id": own, "text": "four"})
        assert db.session().get(Outbox, own).error == "four"
        unit.rollback()
    assert now(own) == ""


def test_what_was_to_go_along_is_forgotten_with_its_transaction(own):
    with db.unit() as unit:
        db.along(write, {"row_id": own, "text": "never"})
        unit.rollback()
        unit.transaction.commit()
    with db.unit():
        db.along(write, {"row_id": own, "text": "never"})
    for _ in range(3):
        assert now(own) == ""


def test_one_that_fails_undoes_all_and_says_who_asked_for_it(own):
    with db.unit() as unit:
        db.along(write, {"row_id": own, "text": "written"})
        db.along(refused, {"row_id": own, "text": None})
        with pytest.raises(IntegrityError) as failed:
            unit.transaction.commit()
    assert now(own) == ""
    assert "test_exchange.py:" in failed.value.orig.place
    assert "SET job" in failed.value.orig.statement


def test_it_is_told_where_the_next_answer_is_read_as_well(own):
    with db.unit() as unit:
        db.along(refused, {"row_id": own, "text": None})
        with pytest.raises(IntegrityError) as failed:
            db.row(read, {"row_id": own})
        assert "SET job" in failed.value.statement
        unit.rollback()
        db.along(refused, {"row_id": own, "text": None})
        with pytest.raises(IntegrityError):
            unit.connection.execute(read.statement, {"row_id": own})


def test_after_a_failure_the_connection_goes_on(own):
    for _ in range(3):  # the second time it would be prepared
        with db.unit(reading=True) as unit:
            with pytest.raises(DataError):
                db.row(number, {"text": "no number"})
            assert db.row(number, {"text": "3"}).number == 3
            assert db.scalar(read, {"row_id": own}) == ""
            assert not unit.line.closed


def test_it_is_prepared_when_it_is_asked_for_the_second_time(own):
    kept = select(func.count()).select_from(table("pg_prepared_statements"))
    db.engine().dispose()
    with db.unit(reading=True) as unit:
        db.row(read, {"row_id": own})
        assert unit.connection.execute(kept).scalar() == 0
        db.row(read, {"row_id": own})
        db.row(read, {"row_id": own})
        assert unit.connection.execute(kept).scalar() == 1


def test_what_the_server_has_forgotten_is_prepared_anew(own):
    with db.unit(reading=True) as unit:
        for _ in range(2):
            db.row(read, {"row_id": own})
        unit.connection.exec_driver_sql("DEALLOCATE ALL")
        with pytest.raises(DBAPIError):
            db.row(read, {"row_id": own})
        assert db.row(read, {"row_id": own}).said == ""


def test_an_answer_that_was_not_waited_for_reaches_nobody_else(own, monkeypatch):
    class Stop(BaseException):
        """What ends a job that takes too long, wherever it is."""

    def stop(*_given, **_named):
        raise Stop

    with db.unit(reading=True) as unit:
        line = unit.line
        monkeypatch.setattr(type(line), "wait", stop)
        with pytest.raises(Stop):
            db.row(read, {"row_id": own})
    monkeypatch.undo()
    assert line.closed
    assert now(own) == ""
