"""What ends while somebody uses it has ended: sessions, passwords and tokens that meet in one moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from tests import make
from tests.browsing import counted_queries
from tests.waiting import PATIENCE, until
from webapp.core import clock, db, sessions
from webapp.models import User, UserSession
from webapp.web import viewer as way_in

API = "/api/v1"
ME = f"{API}/auth/me"

pytestmark = pytest.mark.usefixtures("committed")


def waits_for_a_lock() -> bool:
    """Tell whether somebody waits for what another one holds."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with db.writing().connect() as connection:
        return connection.scalar(text(asked)) > 0


def meanwhile(deed) -> None:
    """Let something be done by another thread, to its end."""
    with ThreadPoolExecutor(1) as another:
        another.submit(deed).result(PATIENCE)


def just_after(monkeypatch, module, name: str, deed) -> None:
    """Once, right after a step of somebody's request and before its next one, let `deed` be done by another."""
    step = getattr(module, name)

    def then(*given, **named):
        monkeypatch.setattr(module, name, step)
        found = step(*given, **named)
        meanwhile(deed)
        return found

    monkeypatch.setattr(module, name, then)


def end_all(person) -> None:
    with make.unit():
        sessions.end(person.id)


@pytest.fixture
def two(app):
    """Ana, and two browsers that hold the key of her one session."""
    ana = make.user("ana")
    key = make.session(ana)
    one, other = app.test_client(), app.test_client()
    one.carry(key)
    other.carry(key)
    return ana, one, other


def test_a_session_that_ends_while_it_is_read_lets_nobody_in(two, monkeypatch):
    ana, one, other = two
    just_after(monkeypatch, way_in, "_read_session", lambda: end_all(ana))
    assert one.get(ME).status_code == 200, "it had not ended when it was read"
    with make.unit():
        assert db.scalar(select(func.count()).select_from(UserSession)) == 0
    assert other.get(ME).status_code == 401


def test_a_session_that_ends_under_a_visit_that_slides_lets_nobody_in(two):
    ana, one, other = two
    assert one.get(ME).status_code == 200
    with make.unit():
        db.execute(update(UserSession).values(last_seen_at=clock.now() - timedelta(minutes=10)))
        sessions.refresh(ana.id)
    with ThreadPoolExecutor(1) as another:
        with make.unit():
            sessions.end(ana.id)
            visit = another.submit(one.get, ME)
            until(waits_for_a_lock)
        assert visit.result().status_code == 401
    assert other.get(ME).status_code == 401


def test_a_session_that_ends_right_after_a_visit_has_moved_it_on_lets_nobody_in(two, monkeypatch):
    ana, one, other = two
    with make.unit():
        db.execute(update(UserSession).values(last_seen_at=clock.now() - timedelta(minutes=10)))
    just_after(monkeypatch, sessions, "touch", lambda: end_all(ana))
    assert one.get(ME).status_code == 200
    assert other.get(ME).status_code == 401


def test_a_name_that_changes_while_it_is_read_is_the_new_one_at_the_next_visit(two, monkeypatch):
    ana, one, other = two

    def rename() -> None:
        with make.unit():
            db.execute(update(User).values(username="ana_anew"))
            sessions.refresh(ana.id)

    just_after(monkeypatch, way_in, "_read_session", rename)
    assert "@ana_anew" not in one.get("/about").text
    assert "@ana_anew" in other.get("/about").text


def test_a_session_is_read_once_after_each_change_and_then_kept(two):
    ana, one, _ = two
    one.get("/about")
    for _ in range(3):
        with make.unit():
            sessions.refresh(ana.id)
        with counted_queries() as sent:
            one.get("/about")
        assert any("FROM sessions" in statement for statement in sent)
        with counted_queries() as sent:
            one.get("/about")
        assert not any("FROM sessions" in statement for statement in sent)


def test_a_visit_that_slides_is_written_down_once(two):
    _, one, _ = two
    one.get("/about")
    with make.unit():
        db.execute(update(UserSession).values(last_seen_at=clock.now() - timedelta(minutes=10)))
        sessions.refresh(two[0].id)
    with counted_queries() as sent:
        one.get("/about")
        one.get("/about")
    assert sum(statement.startswith("UPDATE sessions") for statement in sent) == 1
