"""A forgotten password, and mails about what happens to an account."""

from datetime import timedelta

from sqlalchemy import select, update

from tests import make
from tests.auth.test_addresses import settle
from webapp.core import clock, db, outbox
from webapp.models import MailKey

API = "/api/v1"
FRESH = "another fine secret"


def test_the_whole_way_back_in_without_scripts(app, visitor, sign_in, letters):
    nora = make.user("nora")
    elsewhere, program = sign_in(nora), make.bearer(nora)
    assert "/forgot" in visitor.get("/login").text
    sent = visitor.post("/forgot", data={"email": "Nora@example.org"})
    assert sent.status_code == 303
    assert "on its way" in visitor.get(sent.location).text

    path = letters.link("nora@example.org")
    form = visitor.get(path)
    assert form.status_code == 200
    assert 'name="new_password"' in form.text
    weak = visitor.post(path, data={"new_password": "nora@example.org"})
    assert weak.status_code == 422
    assert visitor.post(path, data={"new_password": FRESH}).location == "/login"

    assert elsewhere.get("/settings/profile").status_code == 303, "every session has ended"
    assert app.test_client().get(f"{API}/auth/me", headers=program).status_code == 401
    old = {"username": "nora", "password": make.PASSWORD}
    assert visitor.post(f"{API}/auth/login", json=old).status_code == 401
    assert visitor.post(f"{API}/auth/login", json={**old, "password": FRESH}).status_code == 200
    assert "was changed" in letters.one("nora@example.org")["Subject"]


def test_a_link_works_once(app, visitor, letters):
    make.user("nora")
    assert visitor.post(f"{API}/auth/password/forgot", json={"email": "nora@example.org"}).status_code == 202
    token = letters.link("nora@example.org").rpartition("/")[2]
    body = {"token": token, "new_password": FRESH}
    assert visitor.post(f"{API}/auth/password/reset", json=body).status_code == 204
    assert visitor.post(f"{API}/auth/password/reset", json=body).status_code == 422
    assert visitor.get(f"/reset/{token}").status_code == 404


def test_a_link_lasts_an_hour(app, visitor, letters):
    make.user("nora")
    visitor.post(f"{API}/auth/password/forgot", json={"email": "nora@example.org"})
    token = letters.link("nora@example.org").rpartition("/")[2]
    with make.unit():
        key = db.row(select(MailKey.__table__))
        left = key.expires_at - clock.now()
        assert timedelta(minutes=59) < left <= timedelta(hours=1)
        assert token.encode() not in bytes(key.key_hash), "kept hashed"
        db.execute(update(MailKey).values(expires_at=clock.now()))
    body = {"token": token, "new_password": FRESH}
    assert visitor.post(f"{API}/auth/password/reset", json=body).status_code == 422
    assert visitor.post(f"{API}/auth/login", json={"username": "nora", "password": make.PASSWORD}).status_code == 200


def test_all_links_end_with_the_first_that_is_used(app, visitor, letters):
    make.user("nora")
    for _ in range(5):
        visitor.post(f"{API}/auth/password/forgot", json={"email": "nora@example.org"})
    mails = letters.of("nora@example.org")
    assert len(mails) == 3, "nobody's box is filled by strangers"
    links = [line for mail in mails for line in mail.get_body(("plain",)).get_content().split() if "/reset/" in line]
    first, second, _ = (link.rpartition("/")[2] for link in links)
    assert visitor.post(f"{API}/auth/password/reset", json={"token": second, "new_password": FRESH}).status_code == 204
    assert visitor.post(f"{API}/auth/password/reset", json={"token": first, "new_password": FRESH}).status_code == 422


def test_a_stranger_learns_nothing(app, visitor, letters):
    make.user("nora")
    answers, statements = [], []
    for address in ("nora@example.org", "nobody@example.org"):
        with db.watched() as sent:
            answers.append(visitor.post(f"{API}/auth/password/forgot", json={"email": address}))
        statements.append([text for text, _ in sent if "SAVEPOINT" not in text])
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].data == answers[1].data
    assert statements[0] == statements[1], "the same work for both, so the same time"
    assert not letters.of("nobody@example.org")
    assert len(letters.of("nora@example.org")) == 1


def test_neither_address_nor_key_lies_open_in_the_queue(app, visitor):
    make.user("nora")
    visitor.post(f"{API}/auth/password/forgot", json={"email": "nora@example.org"})
    make.work(but="jobs.mail.send")
    with make.unit():
        jobs = [(row.job, row.arguments, row.error) for row in db.rows(select(outbox.Outbox.__table__))]
    assert any(job == "jobs.mail.send" for job, _, _ in jobs)
    assert "nora" not in repr(jobs)
    assert "/reset/" not in repr(jobs)


def test_a_changed_password_is_mailed(app, sign_in, letters):
    browser = sign_in(make.user("nora"))
    body = {"current_password": make.PASSWORD, "new_password": FRESH}
    assert browser.post("/settings/security", data=body).status_code == 303
    assert "was changed" in letters.one("nora@example.org")["Subject"]


def test_a_sign_in_from_an_unknown_device_is_mailed_and_one_from_a_known_one_is_not(app, visitor, letters):
    make.user("nora")
    body = {"username": "nora", "password": make.PASSWORD}
    visitor.post("/login", data=body)
    assert not letters.of("nora@example.org"), "the first hour of an account is its setting up"
    settle("nora")
    visitor.post("/login", data=body)
    assert not letters.of("nora@example.org")
    other = app.test_client()
    other.post("/login", data=body, headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"})
    mail = letters.one("nora@example.org").get_body(("plain",)).get_content()
    assert "Firefox on Linux" in mail
    app.test_client().post(f"{API}/auth/token", json={**body, "name": "sync"})
    assert "sync (a program)" in letters.one("nora@example.org").get_body(("plain",)).get_content()
