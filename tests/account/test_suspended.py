"""Who is suspended may sign in, to see why and until when, to appeal, come back, delete or sign out: nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests import make
from webapp.account import sanctions
from webapp.core import clock, db, live
from webapp.models import Post, User

API = "/api/v1"
# What is open besides pages that ask nobody who they are. Who comes for an appeal is another room's to say.
OPEN = {
    "account.account", "account.deactivate", "account.reactivate", "account.delete", "account.cancel_deletion",
    "account_api.deactivate", "account_api.reactivate", "account_api.delete", "account_api.cancel_deletion",
    "auth_api.me", "auth_api.csrf_token", "auth_api.sign_in", "auth_api.sign_out", "auth.sign_out", "live.events",
    # by mailed links, whoever is signed in
    "auth.reset_form", "auth.reset", "auth_api.reset", "auth.confirm_email_form", "auth.confirm_email",
    "auth_api.verify_email",
}  # fmt: skip
REASON = "Forty comments with the same link."


@pytest.fixture
def ana(app):
    """Ana, who has a post, and is suspended for a day."""
    ana = make.user("ana")
    make.post(ana, "Zugvogel")
    return ana


def suspend(person: make.Person, until=None) -> None:
    """Let moderators suspend somebody, as they do."""
    with make.unit():
        sanctions.suspend(person.id, until)
        db.add(make.sanction("suspend", person, REASON, until=until))


def test_the_right_password_opens_a_session_that_says_why_and_until_when(ana, visitor):
    suspend(ana, clock.now() + timedelta(days=3))
    wrong = visitor.post(f"{API}/auth/login", json={"username": "ana", "password": "not this one"})
    assert wrong.status_code == 401, "who only guesses learns nothing"
    assert visitor.post("/login", data={"username": "ana", "password": make.PASSWORD}).status_code == 303
    assert visitor.get("/").location == "/settings/data"
    page = visitor.get("/settings/data").text
    assert "Suspended by moderators" in page
    assert REASON in page
    assert f"{clock.now() + timedelta(days=3):%-d %B %Y}" in page
    me = visitor.get(f"{API}/auth/me").json
    assert (me["status"], me["own_status"]) == ("suspended", "active")
    assert me["suspended_until"] is not None
    visitor.csrf = None
    assert visitor.post("/logout").status_code == 303


def test_what_is_not_about_the_suspension_is_closed_over_pages_json_and_tokens(app, ana, sign_in):
    browser, token = sign_in(ana), make.bearer(ana)
    assert browser.get(f"{API}/feed").status_code == 200
    assert browser.get(f"{API}/feed", headers=token).status_code == 200
    suspend(ana)
    tried = 0
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if getattr(view, "open_to_hidden", False) or rule.endpoint.startswith(("ops.", "assets.", "site.")):
            continue
        path = rule.rule
        for name in rule.arguments:
            filled = str(ana.id) if name.endswith("_id") else "ana"
            path = path.replace(f"<{name}>", filled).replace(f"<path:{name}>", filled)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            for more in ({}, {"headers": token}) if path.startswith("/api/") else ({},):
                got = browser.open(path, method=method, **more)
                led = method == "GET" and not path.startswith("/api/") and got.location == "/settings/data"
                assert led or got.status_code == 403, (method, path, got.status_code)
                if path.startswith("/api/"):
                    assert got.json["type"] == "suspended", path
                tried += 1
    assert tried > 250
    assert browser.get("/about").status_code == 200


def test_only_what_is_listed_is_open_to_the_hidden(app):
    found = {name for name, view in app.view_functions.items() if getattr(view, "open_to_hidden", False)}
    assert {
        name for name in found if name.partition(".")[0].removesuffix("_api") in ("account", "auth", "live")
    } == OPEN


def test_a_token_that_was_given_before_says_how_the_account_stands(ana, visitor):
    token = make.bearer(ana)
    suspend(ana)
    assert visitor.get(f"{API}/auth/me", headers=token).json["status"] == "suspended"
    refused = visitor.get(f"{API}/users/me", headers=token)
    assert (refused.status_code, refused.json["type"]) == (403, "suspended")


def test_open_pages_end_with_the_suspension(ana, sign_in, monkeypatch):
    browser, said = sign_in(ana), []
    monkeypatch.setattr(live, "tell", lambda what, people, **facts: said.append((what, list(people), facts)))
    suspend(ana)
    assert ("end", [ana.id], {}) in said
    assert browser.get("/events").status_code == 204


def test_whoever_comes_after_the_end_does_not_wait_for_the_clock(ana, visitor):
    suspend(ana, clock.now() - timedelta(seconds=1))
    answer = visitor.post(f"{API}/auth/login", json={"username": "ana", "password": make.PASSWORD})
    assert answer.status_code == 200
    assert visitor.get(f"{API}/feed").status_code == 200
    assert "jobs.account.end_suspension" in make.work()
    assert visitor.get(f"{API}/users/me/posts").json["items"] != []


def test_the_page_offers_what_fits_to_what_the_person_chose(ana, sign_in):
    browser = sign_in(ana)
    suspend(ana)
    assert "Delete it" in browser.get("/settings/data").text
    gone = browser.post("/settings/data/delete", data={"password": make.PASSWORD})
    assert gone.location == "/settings/data"
    page = browser.get("/settings/data").text
    assert "Suspended by moderators" in page
    assert "Keep my account" in page
    assert browser.post("/settings/data/keep").location == "/settings/data"
    assert "Keep my account" not in browser.get("/settings/data").text
    with make.unit():
        sanctions.unsuspend(ana.id)
    assert browser.get("/").status_code == 200


def test_the_page_of_the_expelled_says_when_everything_goes(ana, sign_in):
    with make.unit():
        sanctions.expel(ana.id)
        db.add(make.sanction("delete", ana, REASON))
    page = sign_in(ana).get("/settings/data").text
    assert "Removed by moderators" in page
    assert REASON in page
    assert f"{clock.now() + sanctions.EXPELLED_FOR:%-d %B %Y}" in page


def test_who_waits_to_be_let_in_sees_that_and_no_more(ana, sign_in):
    with make.unit():
        db.execute(update(User).where(User.id == ana.id).values(status="pending", own_status="pending"))
    browser = sign_in(ana)
    assert "Waiting to be let in" in browser.get("/settings/data").text
    assert browser.get(f"{API}/feed").status_code == 403
    with make.unit():
        sanctions.approve_account(ana.id)
    assert browser.get(f"{API}/feed").status_code == 200


def test_a_post_that_is_published_while_its_author_is_suspended_is_seen_by_nobody(ana, visitor):
    waiting = make.post(ana, "On its way", published=False)
    suspend(ana)
    with make.unit():
        make.publish(waiting)
    assert visitor.get(f"{API}/posts/{waiting}").status_code == 404
    make.work()
    with make.unit():
        assert db.row(select(Post.status).where(Post.id == waiting)).status == "published"
        sanctions.unsuspend(ana.id)
    assert visitor.get(f"{API}/posts/{waiting}").status_code == 200
