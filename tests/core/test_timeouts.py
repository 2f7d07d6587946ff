"""Nobody waits for PostgreSQL longer than their kind of work may."""

import threading
import time

import pytest
from sqlalchemy import func, literal, select, text
from sqlalchemy.exc import DBAPIError, TimeoutError

from tests.faults.proxy import Proxy
from tests.waiting import PATIENCE, until
from webapp.core import db, gate, timeouts

KINDS = {"staff": timeouts.Kind(1, 2, 1, 2), "command": timeouts.Kind(1, 0, 10)}


@pytest.fixture
def line(app, stack):
    """Take the app's statements through a proxy, with one connection a kind of work."""
    sockets = stack.services[0].sockets
    kept = db.engine()
    with Proxy(f"{sockets}/.s.PGSQL.5432") as proxy:
        connect(proxy, size=1)
        yield proxy
        proxy.heal()
        for engine in {db.engine(), *(kind[0] for kind in db._kinds.values())}:
            engine.dispose()
    db.use(kept)
    gate.most_waiting[:] = [100]


def connect(proxy: Proxy, *, size: int) -> None:
    url = f"postgresql+psycopg://tintype_app@{proxy.address}/tintype"
    db.connect(url, size=size, overflow=0, wait=1, connect_timeout=2, statement_timeout=1, kinds=KINDS)


def waits_in_vain() -> None:
    with pytest.raises(TimeoutError):
        say("SELECT 1")


def say(statement: str, kind: str = "") -> object:
    with db.unit(reading=True, kind=kind) as unit:
        return unit.connection.execute(text(statement)).scalar()


@pytest.mark.parametrize(
    ("kind", "statement", "lock"), [("", "1s", "2s"), ("staff", "2s", "1s"), ("command", "0", "10s")]
)
def test_each_kind_of_work_has_limits_of_its_own(line, kind, statement, lock):
    assert say("SHOW statement_timeout", kind) == statement
    assert say("SHOW lock_timeout", kind) == lock


def test_postgres_ends_what_takes_too_long_and_the_connection_stays(line):
    with pytest.raises(DBAPIError) as slow:
        say("SELECT pg_sleep(30)")
    assert db.lost(slow.value)
    assert slow.value.orig.sqlstate == "57014"
    assert say("SELECT pg_sleep(1.2)", "staff") == ""
    assert line.accepted == 2, "a connection each, and none was given up"


def test_one_that_says_nothing_is_given_up(line):
    assert say("SELECT 1") == 1
    line.hang()
    began = time.monotonic()
    with pytest.raises(DBAPIError) as silent:
        say("SELECT 1")
    assert 1 < time.monotonic() - began < PATIENCE
    assert db.lost(silent.value)
    line.heal()
    assert say("SELECT 1") == 1


def test_a_unit_has_so_much_time_for_all_its_statements(line):
    with db.unit(reading=True) as unit, pytest.raises(DBAPIError) as spent:  # noqa: PT012
        for _ in range(5):
            unit.connection.execute(text("SELECT pg_sleep(0.6)"))
    assert db.lost(spent.value)


@db.prepared
def napping(seconds: float):
    return select(literal(1).label("one")).where(func.pg_sleep(seconds).is_not(None))


def by_the_driver(unit: db.Unit) -> None:
    db.rows(napping(0.8))


def by_sqlalchemy(unit: db.Unit) -> None:
    unit.connection.execute(text("SELECT pg_sleep(0.8)"))


def two_connections() -> None:
    with db.unit(reading=True) as one, db.engine().connect() as other:
        one.connection.execute(text("SELECT 1"))
        other.execute(text("SELECT 1"))


@pytest.mark.parametrize("slowly", [by_the_driver, by_sqlalchemy])
@pytest.mark.parametrize("reading", [True, False])
def test_one_who_has_no_time_left_takes_neither_the_database_nor_a_connection_from_others(line, slowly, reading):
    connect(line, size=2)
    two_connections()
    assert line.accepted == 2
    with pytest.raises(DBAPIError) as spent, db.unit(reading=reading) as unit:  # noqa: PT012
        slowly(unit)
        slowly(unit)
    assert db.lost(spent.value)
    gate.found(spent.value)
    assert not gate.is_shut()
    two_connections()
    assert line.accepted == 3, "the one that was given up is there anew, the other one is still the first"


def test_one_that_says_nothing_to_the_first_or_a_late_statement_is_known_to_be_away(line):
    for before in (0.0, 0.1):
        with db.unit(reading=True) as unit, pytest.raises(DBAPIError) as silent:  # noqa: PT012
            unit.connection.execute(text(f"SELECT pg_sleep({before})"))
            line.hang()
            unit.connection.execute(text("SELECT 1"))
        gate.found(silent.value)
        assert gate.is_shut()
        line.heal()
        until(lambda: not gate.is_shut())


def test_time_that_is_not_spent_waiting_does_not_count(line):
    with db.unit(reading=True) as unit:
        unit.connection.execute(text("SELECT 1"))
        time.sleep(1.7)
        assert unit.connection.execute(text("SELECT 1")).scalar() == 1


def test_who_comes_when_many_wait_already_is_sent_away_at_once(line):
    gate.most_waiting[:] = [1]
    engine = db.engine()
    with db.unit(reading=True) as unit:
        unit.connection.execute(text("SELECT 1"))  # the one connection there is
        waiting = threading.Thread(target=waits_in_vain)
        waiting.start()
        until(lambda: engine.pool.waiting == 1)
        with pytest.raises(TimeoutError, match="too many") as sent_away:
            say("SELECT 1")
        assert db.lost(sent_away.value)
        waiting.join()
