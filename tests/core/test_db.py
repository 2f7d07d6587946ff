"""Reads that are prepared once and go to the driver directly: what they answer, and what happens when they fail."""

import uuid

import pytest
from sqlalchemy import Uuid, bindparam, func, literal, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from webapp.core import db
from webapp.models import User

asked = uuid.uuid4()
echo = db.Prepared(
    select(bindparam("what", type_=Uuid).label("what"), literal(3).label("three"), func.now().label("at"))
)


def test_a_prepared_read_answers_as_sqlalchemy_does(app):
    with db.unit(reading=True) as unit, db.watched() as sent:
        mine = db.row(echo, {"what": asked})
        usual = db.row(echo.statement, {"what": asked})
        assert tuple(mine)[:2] == tuple(usual)[:2] == (asked, 3)
        assert mine.at.tzinfo is not None
        assert unit.queries == len(sent) == 2
        assert db.row(db.Prepared(select(User.id).where(User.username == "nobody"))) is None


def test_when_the_server_has_gone_one_read_fails_and_the_next_has_a_new_connection(app):
    with db.engine().connect(), db.engine().connect():
        pass  # two connections wait in the pool
    with db.engine().connect() as other:
        pids = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        other.execute(text(f"SELECT pg_terminate_backend(pid) FROM ({pids} AND state = 'idle') AS others"))
        with pytest.raises(OperationalError) as gone, db.unit(reading=True):
            db.rows(echo, {"what": asked})
    assert db.lost(gone.value)
    for _ in range(3):
        with db.unit(reading=True):
            assert db.row(echo, {"what": asked}).what == asked


def test_a_read_that_takes_too_long_is_ended_once(app):
    slow = db.Prepared(select(func.pg_sleep(20)))
    with db.unit() as unit:
        db.execute(text("SET LOCAL statement_timeout = 50"))
        with pytest.raises(DBAPIError) as ended:
            db.rows(slow)
    assert db.lost(ended.value)
    assert unit.queries == 2
    assert unit.seconds < 10
