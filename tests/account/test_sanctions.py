"""What moderators decide about an account, beside what its owner chose: neither undoes the other."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

import jobs
from jobs import account as clockwork
from tests import make
from tests.auth.test_passkeys import add as add_passkey
from tests.auth.test_passkeys import sign_in_by
from tests.auth.test_totp import turn_on
from tests.authenticator import Device
from webapp.account import erasure, sanctions, states
from webapp.auth import actions as auth
from webapp.core import clock, db
from webapp.core.errors import Conflict, Refused
from webapp.models import AuditEntry, User
from webapp.users import queries as users

API = "/api/v1"
DAY = timedelta(days=1)


def stands(person: make.Person) -> tuple[str, str]:
    """Return a person's state, and the one they chose."""
    with make.unit():
        row = db.row(select(User.status, User.own_status).where(User.id == person.id))
        return row.status, row.own_status


def decide(act, person: make.Person, *arguments) -> None:
    """Let moderators decide something about somebody."""
    with make.unit():
        act(person.id, *arguments)


@pytest.fixture
def ana(app):
    return make.user("ana")


@pytest.fixture
def browser(ana, sign_in):
    return sign_in(ana)


def test_suspending_twice_is_once_and_ends_where_it_began(ana):
    for until in (None, clock.now() + DAY, None):
        decide(sanctions.suspend, ana, until)
        assert stands(ana) == ("suspended", "active")
    for _ in range(2):
        decide(sanctions.unsuspend, ana)
        assert stands(ana) == ("active", "active")


@pytest.mark.parametrize(
    ("verb", "own"), [("deactivate", "deactivated"), ("reactivate", "active"), ("cancel-deletion", "active")]
)
def test_what_its_owner_chooses_while_suspended_counts_when_that_is_over(ana, browser, verb, own):
    if verb == "reactivate":
        assert browser.post(f"{API}/me/deactivate").status_code == 200
    if verb == "cancel-deletion":
        assert browser.delete(f"{API}/me", json={"password": make.PASSWORD}).status_code == 204
    decide(sanctions.suspend, ana, None)
    assert browser.post(f"{API}/me/{verb}").status_code == 200
    assert stands(ana) == ("suspended", own)
    decide(sanctions.unsuspend, ana)
    assert stands(ana) == (own, own)


def test_a_suspended_person_may_still_have_the_account_deleted(ana, browser):
    decide(sanctions.suspend, ana, None)
    assert browser.delete(f"{API}/me", json={"password": make.PASSWORD}).status_code == 204
    assert stands(ana) == ("suspended", "leaving")
    with make.unit():
        assert erasure.due() == []
        db.execute(update(User).where(User.id == ana.id).values(delete_at=clock.now()))
    with make.unit():
        assert erasure.due() == [ana.id]
        assert erasure.begin(ana.id)
    assert stands(ana)[0] == "erasing"


def test_who_is_expelled_may_be_readmitted_for_thirty_days_and_is_erased_then(ana):
    decide(sanctions.expel, ana)
    assert stands(ana) == ("suspended", "active")
    decide(sanctions.unsuspend, ana)
    assert stands(ana) == ("suspended", "active"), "an expelled person is not let go by the way"
    decide(sanctions.readmit, ana)
    assert stands(ana) == ("active", "active")
    decide(sanctions.expel, ana)
    with make.unit():
        assert erasure.due() == []
        assert not erasure.begin(ana.id)
        db.execute(update(User).where(User.id == ana.id).values(expelled_at=clock.now()))
    with make.unit():
        assert erasure.due() == [ana.id]
        assert erasure.begin(ana.id)
    decide(sanctions.readmit, ana)
    assert stands(ana)[0] == "erasing"


@pytest.fixture
def erased(ana):
    """Let her be expelled and her thirty days be over, which have just begun to be erased."""

    def begin() -> None:
        decide(sanctions.expel, ana)
        with make.unit():
            db.execute(update(User).where(User.id == ana.id).values(expelled_at=clock.now()))
        with make.unit():
            assert erasure.begin(ana.id)

    return begin


def test_who_is_being_erased_comes_back_by_no_program(ana, erased, visitor):
    program = make.bearer(ana)
    assert visitor.get(f"{API}/auth/me", headers=program).status_code == 200
    erased()
    assert visitor.get(f"{API}/auth/me", headers=program).status_code == 401
    for verb in ("deactivate", "reactivate", "cancel-deletion"):
        assert visitor.post(f"{API}/me/{verb}", headers=program).status_code == 401
    assert stands(ana) == ("erasing", "active")


def test_who_is_being_erased_signs_in_by_no_passkey_and_no_code(ana, browser, erased, visitor):
    device = Device()
    assert add_passkey(browser, device).status_code == 201
    app, _codes = turn_on(browser)
    answer = sign_in_by(visitor, device)
    assert answer.status_code == 200
    visitor.csrf = answer.json["csrf_token"]
    with make.unit(), pytest.raises(auth.NeedsCode) as asked:
        auth.verify("ana", make.PASSWORD)
    erased()
    with make.unit(), pytest.raises(Refused, match="too long"):
        auth.sign_in_by_code(asked.value.ticket, app.now(), stay=False, device="Tests", address="127.0.0.1")
    assert sign_in_by(visitor, device).status_code == 401


@pytest.mark.parametrize("word", ["active", "deactivated", "leaving"])
def test_nothing_that_its_owner_says_stops_the_erasing(ana, erased, word):
    erased()
    with make.unit(), pytest.raises(Conflict):
        states.choose(users.row(ana.id, lock=True), word)
    assert stands(ana) == ("erasing", "active")


def test_a_suspension_from_before_goes_on_after_a_readmission(ana):
    for until, state in ((clock.now() + DAY, "suspended"), (clock.now() - DAY, "active")):
        with make.unit():
            db.add(make.sanction("suspend", ana, "Spam.", until=until))
        decide(sanctions.expel, ana)
        decide(sanctions.readmit, ana)
        assert stands(ana)[0] == state
        decide(sanctions.unsuspend, ana)


def test_the_clock_ends_a_suspension_once_and_writes_it_down(ana):
    decide(sanctions.suspend, ana, clock.now() + DAY)
    assert clockwork.end_suspensions() == 0
    with make.unit():
        db.execute(update(User).where(User.id == ana.id).values(suspended_until=clock.now()))
    assert clockwork.end_suspensions() == 1
    assert clockwork.end_suspensions() == 0
    assert stands(ana) == ("active", "active")
    with make.unit():
        written = db.rows(select(AuditEntry.__table__.c.actor_id, AuditEntry.__table__.c.action))
        assert [tuple(row) for row in written] == [(None, "unsuspend")]


def test_a_suspension_that_was_made_longer_meanwhile_goes_on(ana):
    decide(sanctions.suspend, ana, clock.now())
    with make.unit():
        assert sanctions.over() == [ana.id]
    decide(sanctions.suspend, ana, clock.now() + DAY)
    assert not jobs.now(lambda: sanctions.end(ana.id))
    assert stands(ana)[0] == "suspended"


def test_who_waits_for_approval_is_let_in_or_turned_away(ana):
    ben = make.user("ben")
    for person in (ana, ben):
        with make.unit():
            db.execute(update(User).where(User.id == person.id).values(status="pending", own_status="pending"))
    decide(sanctions.approve_account, ana)
    assert stands(ana) == ("active", "active")
    decide(sanctions.reject_account, ana)
    assert stands(ana) == ("active", "active"), "who was let in is not turned away by an old page"
    decide(sanctions.reject_account, ben)
    with make.unit():
        assert erasure.due() == [ben.id]


def test_deleting_an_account_that_waits_is_no_way_round_the_approval(ana, browser):
    with make.unit():
        db.execute(update(User).where(User.id == ana.id).values(status="pending", own_status="pending"))
    browser.delete(f"{API}/me", json={"password": make.PASSWORD})
    assert stands(ana)[0] == "erasing"
    browser.post(f"{API}/me/cancel-deletion")
    assert stands(ana)[0] == "erasing"
