"""E-mail addresses: confirmed by a link, changed with proof, and no word about whose they are."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests import make
from webapp.core import clock
from webapp.models import MailKey, User

API = "/api/v1"
NEW = {"username": "nora", "email": "nora@example.org", "password": "correct horse battery"}


def register(browser, **change) -> None:
    answer = browser.post(f"{API}/auth/register", json={**NEW, **change})
    assert answer.status_code == 201, answer.json


def member(browser, **change) -> None:
    """Register and sign in."""
    register(browser, **change)
    body = {"username": change.get("username", "nora"), "password": NEW["password"]}
    token = browser.post(f"{API}/auth/login", json=body).json["csrf_token"]
    browser.csrf = token


def settle(name: str) -> None:
    """Let an account be older than a new one."""
    with make.unit():
        make.db.execute(update(User).where(User.username == name).values(created_at=clock.now() - timedelta(days=3)))


def test_a_newcomer_confirms_by_the_link_in_the_mail(app, visitor, letters):
    member(visitor)
    me = visitor.get(f"{API}/auth/me").json
    assert (me["email"], me["email_confirmed"], me["pending_email"]) == ("nora@example.org", False, None)
    assert "not confirmed yet" in visitor.get("/settings/email").text

    path = letters.link("nora@example.org")
    page = app.test_client().get(path)  # a program that looks at links in mails
    assert page.status_code == 200
    assert f'action="{path}"' in page.text
    assert not visitor.get(f"{API}/auth/me").json["email_confirmed"], "looking at the link is not enough"

    answer = visitor.post(path)
    assert answer.status_code == 303
    assert answer.location == "/"
    assert visitor.get(f"{API}/auth/me").json["email_confirmed"]
    assert "It is confirmed" in visitor.get("/settings/email").text


def test_a_link_works_once_and_says_so(app, visitor, letters):
    register(visitor)
    path = letters.link("nora@example.org")
    assert visitor.post(path).location == "/login"
    again = visitor.post(path)
    assert again.status_code == 404
    assert "This link has ended" in again.text
    refused = visitor.post(f"{API}/auth/email/verify", json={"token": path.rpartition("/")[2]})
    assert refused.status_code == 422
    assert "token" in refused.json["errors"]


def test_a_link_ends_after_two_days(app, visitor, letters):
    register(visitor)
    token = letters.link("nora@example.org").rpartition("/")[2]
    with make.unit():
        make.db.execute(update(MailKey).values(expires_at=clock.now()))
    assert visitor.post(f"{API}/auth/email/verify", json={"token": token}).status_code == 422


def test_a_key_for_one_thing_opens_no_other(app, visitor, letters):
    register(visitor)
    token = letters.link("nora@example.org").rpartition("/")[2]
    body = {"token": token, "new_password": "another fine secret"}
    assert visitor.post(f"{API}/auth/password/reset", json=body).status_code == 422
    assert visitor.post(f"{API}/auth/email/verify", json={"token": token}).status_code == 204


def test_the_link_is_mailed_again_and_the_newest_counts(app, visitor, letters):
    member(visitor)
    first = letters.link("nora@example.org")
    assert visitor.post(f"{API}/auth/email/resend").status_code == 202
    assert visitor.post("/settings/email/resend").status_code == 303
    second, third = (letters_of(mail) for mail in letters.of("nora@example.org"))
    assert visitor.get(first).status_code == visitor.get(second).status_code == 404
    assert visitor.post(third).status_code == 303
    assert visitor.post(f"{API}/auth/email/resend").status_code == 202
    assert not letters.of("nora@example.org"), "there is nothing left to confirm"


def letters_of(mail) -> str:
    return next(line for line in mail.get_body(("plain",)).get_content().split() if "/confirm-email/" in line).replace(
        "http://localhost", ""
    )


def test_a_taken_address_answers_as_a_new_one_and_mails_its_owner(app, visitor, letters):
    make.user("nora")
    fresh = visitor.post(f"{API}/auth/register", json={**NEW, "username": "vera", "email": "vera@example.org"})
    taken = visitor.post(f"{API}/auth/register", json={**NEW, "username": "mora"})
    assert fresh.status_code == taken.status_code == 201
    assert fresh.json.keys() == taken.json.keys()
    mail = letters.one("nora@example.org")
    assert "already" in mail["Subject"]
    assert "@nora" in mail.get_body(("plain",)).get_content()
    assert "/confirm-email/" not in str(mail)
    assert letters.link("vera@example.org").startswith("/confirm-email/")
    assert visitor.get("/@mora").status_code == 404


def test_another_address_counts_once_it_is_confirmed_and_the_old_one_hears_of_it(app, sign_in, letters):
    browser = sign_in(make.user("nora"))
    body = {"email": "New@Example.org", "password": make.PASSWORD}
    assert browser.post(f"{API}/auth/email", json=body).status_code == 202
    me = browser.get(f"{API}/auth/me").json
    assert (me["email"], me["pending_email"]) == ("nora@example.org", "new@example.org")
    assert "new@example.org" in letters.one("nora@example.org").get_body(("plain",)).get_content()
    assert browser.post(letters.link("new@example.org")).status_code == 303
    me = browser.get(f"{API}/auth/me").json
    assert (me["email"], me["email_confirmed"], me["pending_email"]) == ("new@example.org", True, None)
    assert "has changed" in letters.one("nora@example.org")["Subject"]


def test_a_change_needs_the_password(app, sign_in, letters):
    browser = sign_in(make.user("nora"))
    answer = browser.post("/settings/email", data={"email": "new@example.org", "password": "wrong"})
    assert answer.status_code == 422
    assert "not right" in answer.text
    assert 'value="new@example.org"' in answer.text
    assert not letters.of("new@example.org")


def test_anothers_address_looks_free_and_never_is(app, sign_in, letters):
    make.user("owner")
    browser = sign_in(make.user("nora"))
    body = {"email": "owner@example.org", "password": make.PASSWORD}
    assert browser.post(f"{API}/auth/email", json=body).status_code == 202
    assert browser.get(f"{API}/auth/me").json["pending_email"] == "owner@example.org"
    assert browser.post(f"{API}/auth/email/resend").status_code == 202
    for mail in letters.of("owner@example.org"):
        assert "/confirm-email/" not in str(mail)


def test_an_address_that_was_taken_meanwhile_is_refused(app, sign_in, letters):
    browser = sign_in(make.user("nora"))
    browser.post(f"{API}/auth/email", json={"email": "late@example.org", "password": make.PASSWORD})
    path = letters.link("late@example.org")
    make.user("late")
    answer = browser.post(path)
    assert answer.status_code == 409
    assert "another account" in answer.text
    assert browser.get(f"{API}/auth/me").json["email"] == "nora@example.org"


def test_a_new_password_ends_a_change_of_address_that_was_asked_for(app, sign_in, letters):
    browser = sign_in(make.user("nora"))
    browser.post(f"{API}/auth/email", json={"email": "thief@example.org", "password": make.PASSWORD})
    path = letters.link("thief@example.org")
    body = {"current_password": make.PASSWORD, "new_password": "another fine secret"}
    assert browser.post(f"{API}/auth/password", json=body).status_code == 204
    assert browser.post(path).status_code == 404
    assert browser.get(f"{API}/auth/me").json["email"] == "nora@example.org"


class TestWhereTheSiteAsksForIt:
    """CONFIRM_EMAIL: look, follow and set up before; post and comment after."""

    @pytest.fixture(autouse=True)
    def _asked(self, app, monkeypatch):
        settings = app.config["SETTINGS"].model_copy(update={"confirm_email": True})
        monkeypatch.setitem(app.config, "SETTINGS", settings)

    def test_one_posts_and_comments_only_after_confirming(self, app, visitor, letters):
        post_id = make.post(make.user("ana"))
        member(visitor)
        assert visitor.post(f"{API}/users/ana/follow").status_code == 200
        assert visitor.post(f"{API}/posts/{post_id}/like").status_code == 200
        refused = visitor.post(f"{API}/posts/{post_id}/comments", json={"content": "Hi"})
        assert refused.status_code == 403
        assert refused.json["type"] == "unconfirmed"
        photo = (make.io.BytesIO(make.photo()), "a.jpg")
        page = visitor.post("/new", data={"photo": photo, "caption": "Mine"}, content_type="multipart/form-data")
        assert page.status_code == 403
        assert "Confirm your e-mail address first" in page.text
        visitor.post(letters.link("nora@example.org"))
        assert visitor.post(f"{API}/posts/{post_id}/comments", json={"content": "Hi"}).status_code == 201

    def test_who_was_taken_into_a_group_neither_names_it_nor_asks_others_in(self, app, visitor, letters):
        ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
        member(visitor)
        assert visitor.post(f"{API}/users/ana/follow").status_code == 200, "so she takes part at once"
        nora = make.Person(uuid.UUID(visitor.get(f"{API}/auth/me").json["id"]), "nora")
        group = f"{API}/conversations/{make.talk(ana, nora, cleo)}"
        asked = [("patch", group, {"title": "Buy"}), ("post", f"{group}/participants", {"usernames": [ben.username]})]
        for verb, path, body in asked:
            refused = getattr(visitor, verb)(path, json=body)
            assert (refused.status_code, refused.json["type"]) == (403, "unconfirmed")
        visitor.post(letters.link("nora@example.org"))
        for verb, path, body in asked:
            assert getattr(visitor, verb)(path, json=body).status_code == 200

    def test_programs_are_asked_too(self, app, visitor):
        post_id = make.post(make.user("ana"))
        register(visitor)
        body = {"username": "nora", "password": NEW["password"], "name": "x"}
        token = visitor.post(f"{API}/auth/token", json=body).json["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        answer = app.test_client().post(f"{API}/posts/{post_id}/comments", json={"content": "Hi"}, headers=bearer)
        assert answer.status_code == 403
