"""What ends while somebody uses it has ended: sessions, passwords and tokens that meet in one moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select, text, update

from tests import make
from tests.browsing import counted_queries
from tests.waiting import PATIENCE, until
from webapp.auth import actions as auth
from webapp.auth import guesses, tokens, totp
from webapp.auth.schemas import PasswordChange
from webapp.core import clock, crypto, db, sessions
from webapp.models import Totp, User, UserSession
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


def change_password(person) -> None:
    """Set another password, as its owner does on another device."""
    with make.unit():
        asked = PasswordChange(current_password=make.PASSWORD, new_password="another fine secret")
        auth.change_password(person.viewer, asked)


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


@pytest.mark.parametrize(("path", "more"), [("login", {}), ("token", {"name": "script", "scopes": ["read", "write"]})])
def test_a_password_that_is_changed_while_it_is_looked_at_lets_nobody_in(app, visitor, monkeypatch, path, more):
    ana = make.user("ana")
    asked = {"username": "ana", "password": make.PASSWORD, **more}
    assert app.test_client().post(f"{API}/auth/{path}", json=asked).status_code == 200
    just_after(monkeypatch, crypto.Passwords, "verify", lambda: change_password(ana))
    late = visitor.post(f"{API}/auth/{path}", json=asked)
    assert (late.status_code, late.json["type"]) == (401, "wrong-password")
    with make.unit():
        assert db.scalar(select(func.count()).select_from(UserSession)) == 0


def test_who_changes_the_password_during_a_sign_in_waits_and_ends_it(app, visitor, monkeypatch):
    ana = make.user("ana")
    start = sessions.start
    with ThreadPoolExecutor(1) as another:
        changes = []

        def after_the_change_has_begun(*given, **named):
            changes.append(another.submit(change_password, ana))
            until(waits_for_a_lock)
            return start(*given, **named)

        monkeypatch.setattr(sessions, "start", after_the_change_has_begun)
        assert visitor.post(f"{API}/auth/login", json={"username": "ana", "password": make.PASSWORD}).status_code == 200
        changes[0].result(PATIENCE)
    assert visitor.get(ME).status_code == 401


def test_who_changes_the_password_before_the_code_has_come_waits_and_ends_the_sign_in(app, monkeypatch):
    ana = make.user("ana")
    with make.unit():
        phone = pyotp.TOTP(auth.start_totp(ana.viewer, make.PASSWORD).secret)
        auth.confirm_totp(ana.viewer, phone.now())
        db.execute(update(Totp).values(last_step=0))
    with make.unit(), pytest.raises(auth.NeedsCode) as need:
        auth.verify("ana", make.PASSWORD)
    check = totp.check
    with ThreadPoolExecutor(1) as another:
        changes = []

        def after_the_change_has_begun(*given, **named):
            changes.append(another.submit(change_password, ana))
            until(waits_for_a_lock)
            return check(*given, **named)

        monkeypatch.setattr(totp, "check", after_the_change_has_begun)
        with make.unit():
            auth.sign_in_by_code(need.value.ticket, phone.now(), known_to=None, stay=False, device="", address="")
        changes[0].result(PATIENCE)
    with make.unit():
        assert db.scalar(select(func.count()).select_from(UserSession)) == 0


def test_who_signs_in_by_name_does_not_wait_for_who_tries_the_address(app, visitor):
    make.user("nora")
    wrong = {"username": "nora@example.org", "password": "x"}
    assert visitor.post(f"{API}/auth/login", json=wrong).status_code == 401
    right = {"username": "nora", "password": make.PASSWORD}
    with make.unit():
        guesses.take(guesses.of_name("nora@example.org"))  # and is about to lock the person's row
        with ThreadPoolExecutor(1) as another:
            entered = another.submit(visitor.post, f"{API}/auth/login", json=right)
            assert entered.result(PATIENCE).status_code == 200


def refreshed_while(monkeypatch, app, pair, deed) -> str:
    """Refresh a pair while somebody, who has to wait for that, does something. Returns the new access token."""
    issue = tokens.issue
    with ThreadPoolExecutor(1) as another:
        deeds = []

        def after_the_deed_has_begun(*given, **named):
            deeds.append(another.submit(deed))
            until(waits_for_a_lock)
            return issue(*given, **named)

        monkeypatch.setattr(tokens, "issue", after_the_deed_has_begun)
        made = app.test_client().post(f"{API}/auth/refresh", json={"refresh_token": pair.refresh_token})
        deeds[0].result(PATIENCE)
    assert made.status_code == 200
    return made.json["access_token"]


@pytest.mark.parametrize("how", ["a new password", "all at once", "the family"])
def test_tokens_that_end_while_they_are_refreshed_end_with_the_new_ones(app, visitor, monkeypatch, how):
    ana = make.user("ana")
    with make.unit():
        pair = tokens.issue(ana.id, name="script", scopes=["read", "write"])

    def end() -> None:
        with make.unit():
            tokens.end(ana.id) if how == "all at once" else tokens.revoke(pair.access_token)

    deed = (lambda: change_password(ana)) if how == "a new password" else end
    access = refreshed_while(monkeypatch, app, pair, deed)
    assert visitor.get(ME, headers={"Authorization": f"Bearer {access}"}).status_code == 401
