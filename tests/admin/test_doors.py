"""The doors of administration: who gets in, by which role and with which proof."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests import make
from tests.auth.test_totp import turn_on
from tests.authenticator import Device
from tests.browsing import counted_queries
from webapp.core import cache, clock, db
from webapp.core.ids import new
from webapp.core.sessions import UserSession
from webapp.models import ApiToken, User

ROLES = ("visitor", "user", "creator", "moderator", "admin")
PLACE = re.compile(r"^/(?:api/v1/)?(?:admin|moderation)(?:/|$)")
# What moderators may use; all else of these addresses is for admins.
FOR_MODERATORS = re.compile(
    r"/admin(?:$|/(?:audit|queue|appeals|filters|hashes|act|actions)(?:/|$))|/api/v1/moderation/"
)


def rules(app):
    """Return every address of staff, whichever room it belongs to, with its methods."""
    found = [rule for rule in app.url_map.iter_rules() if PLACE.match(rule.rule)]
    return [(rule.rule, method) for rule in found for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]


def filled(rule: str) -> str:
    rule = rule.replace("<username>", "ben")
    return re.sub(r"<\w+>", str(new()), rule)


def age(minutes: int) -> None:
    """Let it be so long ago that anybody showed who they are."""
    with make.unit():
        then = clock.now() - timedelta(minutes=minutes)
        db.execute(update(UserSession).values(proved_at=then, trusted_until=then + timedelta(minutes=60)))
        db.execute(update(ApiToken).values(proved_at=then))
    cache.client().flushdb()


@pytest.mark.parametrize("role", ROLES)
def test_every_address_lets_in_its_roles_alone(app, sign_in, role):
    make.user("ben")
    browser = app.test_client() if role == "visitor" else sign_in(make.user("ana", role=role))
    asked = rules(app)
    assert len(asked) > 80
    for rule, method in asked:
        answer = browser.open(filled(rule), method=method)
        let_in = role == "admin" or (role == "moderator" and bool(FOR_MODERATORS.match(rule)))
        if let_in:
            assert answer.status_code not in (401, 403), (rule, method, answer.status_code)
        elif role == "visitor":
            signs_in = answer.status_code == 303 and answer.location.startswith("/login")
            assert signs_in or answer.status_code == 401, (rule, method, answer.status_code)
        else:
            assert answer.status_code == 403, (rule, method, answer.status_code)


def test_moderators_see_no_links_to_what_is_not_theirs(app, sign_in):
    own = {f"/admin/{name}" for name in ("queue", "appeals", "filters", "hashes", "audit")}
    page = sign_in(make.user("moe", role="moderator")).get("/admin/audit").text
    assert set(re.findall(r'href="(/admin/[a-z]+)"', page)) == own
    page = sign_in(make.user("ada", role="admin")).get("/admin/audit").text
    assert own < set(re.findall(r'href="(/admin/[a-z]+)"', page))
    for browser, there in ((sign_in(make.user("mia", role="moderator")), True), (sign_in(make.user("una")), False)):
        assert ('href="/admin/queue"' in browser.get("/settings").text) is there


def test_after_a_while_staff_give_their_password_again(app, sign_in):
    browser = sign_in(make.user("ada", role="admin"))
    assert browser.get("/admin/users?q=a").status_code == 200
    age(61)
    answer = browser.get("/admin/users?q=a")
    assert (answer.status_code, answer.location) == (303, "/confirm?next=/admin/users%3Fq%3Da")
    assert 'name="password"' in browser.get(answer.location).text
    wrong = browser.post("/confirm", data={"password": "not this one", "next": "/admin/users?q=a"})
    assert wrong.status_code == 422
    assert "not right" in wrong.text
    assert 'value="/admin/users?q=a"' in wrong.text
    assert browser.get("/admin/users").status_code == 303
    right = browser.post("/confirm", data={"password": make.PASSWORD, "next": "/admin/users?q=a"})
    assert (right.status_code, right.location) == (303, "/admin/users?q=a")
    assert browser.get("/admin/users?q=a").status_code == 200


def test_who_goes_on_is_not_asked_again(app, sign_in):
    make.user("ben")
    browser = sign_in(make.user("ada", role="admin"))
    age(50)
    with counted_queries() as sent:
        assert browser.get("/admin/users").status_code == 200
    assert [one for one in sent if one.startswith("UPDATE sessions")]
    assert browser.patch("/api/v1/admin/users/ben", json={"role": "user"}).status_code == 200
    with make.unit():
        left = db.scalar(select(UserSession.trusted_until)) - clock.now()
        proved = clock.now() - db.scalar(select(UserSession.proved_at))
    assert left > timedelta(minutes=59)
    assert proved > timedelta(minutes=49), "the password itself was not given again"
    with make.unit():
        db.execute(update(UserSession).values(trusted_until=clock.now() + timedelta(minutes=57)))
    cache.client().flushdb()
    with counted_queries() as sent:
        browser.get("/admin/audit")
    assert not [one for one in sent if one.startswith("UPDATE")], "written at most every five minutes"


def test_a_form_that_comes_too_late_changes_nothing_and_leads_back(app, sign_in):
    ben, browser = make.user("ben"), sign_in(make.user("ada", role="admin"))
    age(61)
    there = {"Referer": "http://localhost/admin/users/ben"}
    answer = browser.post("/admin/users/ben/role", data={"role": "creator"}, headers=there)
    assert (answer.status_code, answer.location) == (303, "/confirm?next=/admin/users/ben")
    assert "Nothing was changed yet" in browser.get(answer.location).text
    with make.unit():
        assert db.scalar(select(User.role).where(User.id == ben.id)) == "user"
    elsewhere = browser.post("/confirm", data={"password": make.PASSWORD, "next": "//evil.example/x"})
    assert elsewhere.location == "/"


def test_scripts_are_told_what_to_do(app, sign_in):
    browser = sign_in(make.user("ada", role="admin"))
    age(61)
    refused = browser.get("/api/v1/admin/users")
    assert (refused.status_code, refused.json["type"]) == (403, "proof-needed")
    assert browser.post("/api/v1/auth/confirm", json={"password": "wrong wrong"}).json["type"] == "wrong-password"
    assert browser.post("/api/v1/auth/confirm", json={}).status_code == 422
    answer = browser.post("/api/v1/auth/confirm", json={"password": make.PASSWORD})
    assert answer.status_code == 200
    assert answer.json["until"].endswith("Z")
    assert browser.get("/api/v1/admin/users").status_code == 200
    assert app.test_client().post("/api/v1/auth/confirm", json={"password": "x"}).status_code == 401


def test_wrong_passwords_are_counted(app, sign_in):
    browser = sign_in(make.user("ada", role="admin"))
    answers = [browser.post("/api/v1/auth/confirm", json={"password": "wrong"}).status_code for _ in range(11)]
    assert answers == [403] * 10 + [429]
    assert browser.post("/api/v1/auth/confirm", json={"password": make.PASSWORD}).status_code == 429


def test_two_steps_are_two_here_too(app, sign_in):
    browser = sign_in(make.user("ada", role="admin"))
    pocket, _ = turn_on(browser)
    age(61)
    assert 'name="totp"' in browser.get("/confirm").text
    alone = browser.post("/api/v1/auth/confirm", json={"password": make.PASSWORD})
    assert (alone.status_code, alone.json["type"]) == (403, "totp-required")
    wrong = browser.post("/confirm", data={"password": make.PASSWORD, "totp": "000000"})
    assert wrong.status_code == 422
    assert browser.get("/admin/users").status_code == 303
    assert browser.post("/confirm", data={"password": make.PASSWORD, "totp": pocket.now()}).status_code == 303
    assert browser.get("/admin/users").status_code == 200


def test_a_passkey_is_a_proof_too_but_only_ones_own(app, sign_in):
    browser, device, other = sign_in(make.user("ada", role="admin")), Device(), Device()
    ben = sign_in(make.user("ben"))
    for who, what in ((browser, device), (ben, other)):
        options = who.post("/api/v1/auth/passkeys/options").json
        assert who.post("/api/v1/auth/passkeys", json={"credential": what.make(options)}).status_code == 201
    age(61)
    assert 'data-passkey="confirm"' in browser.get("/confirm").text
    for what, status in ((other, 403), (device, 200)):
        options = browser.post("/api/v1/auth/passkeys/login/options").json
        answer = browser.post("/api/v1/auth/confirm", json={"credential": what.sign(options)})
        assert answer.status_code == status, answer.json
        assert (browser.get("/admin/users").status_code == 200) is (status == 200)


def test_tokens_count_for_an_hour_or_with_their_scope_for_good(app):
    ada, ben = make.user("ada", role="admin"), make.user("ben")
    visitor = app.test_client()
    asked = {"username": "ada", "password": make.PASSWORD, "name": "console"}
    plain = visitor.post("/api/v1/auth/token", json=asked).json
    bound = visitor.post("/api/v1/auth/token", json={**asked, "scopes": ["read", "admin"]}).json
    held = [{"Authorization": f"Bearer {made['access_token']}"} for made in (plain, bound)]
    assert [visitor.get("/api/v1/admin/users", headers=one).status_code for one in held] == [200, 200]
    assert visitor.delete(f"/api/v1/admin/users/{ben.id}/sessions", headers=held[1]).status_code == 403, "may only read"
    age(61)
    assert [visitor.get("/api/v1/admin/users", headers=one).status_code for one in held] == [403, 200]
    again = visitor.post("/api/v1/auth/refresh", json={"refresh_token": plain["refresh_token"]}).json
    later = {"Authorization": f"Bearer {again['access_token']}"}
    assert visitor.get("/api/v1/admin/users", headers=later).status_code == 403, "a refresh is no proof"
    assert visitor.post("/api/v1/auth/confirm", json={"password": make.PASSWORD}, headers=later).status_code == 200
    assert visitor.get("/api/v1/admin/users", headers=later).status_code == 200
    refused = visitor.post("/api/v1/auth/token", json={**asked, "username": "ben", "scopes": ["read", "admin"]})
    assert refused.status_code == 422
    assert "scopes" in refused.json["errors"]
    assert ada.id != ben.id
