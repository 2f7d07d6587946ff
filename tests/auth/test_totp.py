"""Two-step sign-in: an app's codes, recovery codes, each once."""

import re

import pyotp
import pytest
from sqlalchemy import select, update

from tests import make
from webapp.core import clock, db
from webapp.models import RecoveryCode, Totp

API = "/api/v1"
WAY_IN = {"username": "nora", "password": make.PASSWORD}


def again() -> None:
    """Let the last code be older than it is, so that a test need not wait for the next one."""
    with make.unit():
        db.execute(update(Totp).values(last_step=0))


def turn_on(browser) -> tuple[pyotp.TOTP, list[str]]:
    """Turn it on; returns the app and the recovery codes."""
    begun = browser.post(f"{API}/auth/totp", json={"password": make.PASSWORD})
    assert begun.status_code == 200, begun.json
    app = pyotp.TOTP(begun.json["secret"])
    done = browser.post(f"{API}/auth/totp/confirm", json={"code": app.now()})
    assert done.status_code == 200, done.json
    again()
    return app, done.json["codes"]


@pytest.fixture
def nora(app, sign_in):
    """Somebody who uses two steps: browser, app and recovery codes."""
    browser = sign_in(make.user("nora"))
    return browser, *turn_on(browser)


def test_the_whole_way_without_scripts(app, sign_in, visitor, letters):
    browser = sign_in(make.user("nora"))
    wrong = browser.post("/settings/two-step", data={"password": "wrong"})
    assert wrong.status_code == 422
    begun = browser.post("/settings/two-step", data={"password": make.PASSWORD}).text
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", begun)[1]
    assert secret not in browser.get("/settings/two-step").text, "it is shown once"
    phone = pyotp.TOTP(secret)
    typo = browser.post("/settings/two-step/confirm", data={"code": "000000"})
    assert typo.status_code == 422
    assert "That code is not right" in typo.text
    code = phone.now()
    codes = re.findall(
        r"<code>(\w{4}-\w{4}-\w{4})</code>",
        browser.post("/settings/two-step/confirm", data={"code": f"{code[:3]} {code[3:]}"}).text,
    )
    assert len(set(codes)) == 10
    assert "is on" in letters.one("nora@example.org")["Subject"]
    again()

    first = visitor.post("/login", data={**WAY_IN, "next": "/saved", "stay": "1"})
    assert first.location == "/login/code"
    assert visitor.get("/saved").status_code == 303, "the password alone is not enough"
    assert "One more step" in visitor.get("/login/code").text
    assert visitor.post("/login/code", data={"code": "123456"}).status_code == 422
    assert visitor.post("/login/code", data={"code": phone.now()}).location == "/saved"
    assert visitor.get("/saved").status_code == 200

    off = browser.post("/settings/two-step/off", data={"password": make.PASSWORD, "code": ""})
    assert off.status_code == 303
    assert app.test_client().post("/login", data=WAY_IN).location == "/"
    subjects = [mail["Subject"] for mail in letters.of("nora@example.org")]
    assert any("is off" in subject for subject in subjects)


def test_the_picture_is_a_svg_that_the_policy_lets_in(app, sign_in):
    browser = sign_in(make.user("nora"))
    begun = browser.post(f"{API}/auth/totp", json={"password": make.PASSWORD}).json
    assert begun["uri"].startswith("otpauth://totp/Tintype:nora?secret=")
    assert begun["qr"].startswith("data:image/svg+xml")
    assert "img-src 'self' data:" in browser.get("/settings/two-step").headers["Content-Security-Policy"]


def test_programs_send_the_code_along(app, nora):
    _, phone, _ = nora
    for path, more in (("login", {}), ("token", {"name": "x"})):
        body = {**WAY_IN, **more}
        asked = app.test_client().post(f"{API}/auth/{path}", json=body)
        assert asked.status_code == 401
        assert asked.json["type"] == "totp-required"
        wrong = app.test_client().post(f"{API}/auth/{path}", json={**body, "totp": "000000"})
        assert (wrong.status_code, wrong.json["type"]) == (401, "wrong-code")
        again()
        assert app.test_client().post(f"{API}/auth/{path}", json={**body, "totp": phone.now()}).status_code == 200


def test_a_wrong_password_does_not_even_ask_for_the_code(app, nora):
    answer = app.test_client().post(f"{API}/auth/login", json={**WAY_IN, "password": "wrong"})
    assert answer.json["type"] == "wrong-password"


def test_a_code_passes_once(app, nora):
    _, phone, _ = nora
    body = {**WAY_IN, "totp": phone.now()}
    assert app.test_client().post(f"{API}/auth/login", json=body).status_code == 200
    assert app.test_client().post(f"{API}/auth/login", json=body).status_code == 401


def test_a_code_of_a_minute_ago_or_ahead_does_not_pass(app, nora):
    _, phone, _ = nora
    now = clock.now().timestamp()
    for shift, status in ((-90, 401), (90, 401), (-30, 200)):
        again()
        body = {**WAY_IN, "totp": phone.at(now + shift)}
        assert app.test_client().post(f"{API}/auth/login", json=body).status_code == status, shift


def test_a_recovery_code_passes_once_and_is_mailed(app, nora, letters):
    browser, _, codes = nora
    letters.of("nora@example.org")
    body = {**WAY_IN, "totp": codes[3].upper().replace("-", " ")}
    assert app.test_client().post(f"{API}/auth/login", json=body).status_code == 200
    assert app.test_client().post(f"{API}/auth/login", json=body).status_code == 401
    assert "9 left" in letters.one("nora@example.org").get_body(("plain",)).get_content()
    assert browser.get(f"{API}/auth/me").json["recovery_codes_left"] == 9


def test_guesses_are_limited(app, nora):
    _, phone, _ = nora
    statuses = [
        app.test_client().post(f"{API}/auth/login", json={**WAY_IN, "totp": f"{number:06}"}).status_code
        for number in range(11)
    ]
    assert statuses == [401] * 10 + [429]
    again()
    assert app.test_client().post(f"{API}/auth/login", json={**WAY_IN, "totp": phone.now()}).status_code == 429


def test_neither_secret_nor_codes_lie_open(app, nora):
    _, phone, codes = nora
    with make.unit():
        rows = repr(db.rows(select(Totp.__table__))) + repr(db.rows(select(RecoveryCode.__table__)))
    assert phone.secret not in rows
    assert not any(code.replace("-", "") in rows or code in rows for code in codes)


def test_what_was_not_confirmed_does_not_count(app, sign_in):
    browser = sign_in(make.user("nora"))
    browser.post(f"{API}/auth/totp", json={"password": make.PASSWORD})
    assert app.test_client().post(f"{API}/auth/login", json=WAY_IN).status_code == 200
    assert not browser.get(f"{API}/auth/me").json["two_step"]


def test_it_is_begun_once_and_ended_with_proof_alone(app, nora):
    browser, phone, _ = nora
    assert browser.post(f"{API}/auth/totp", json={"password": make.PASSWORD}).status_code == 409
    assert browser.post(f"{API}/auth/totp/confirm", json={"code": phone.now()}).status_code == 409
    assert browser.delete(f"{API}/auth/totp", json={}).status_code == 422
    assert browser.delete(f"{API}/auth/totp", json={"password": "wrong"}).status_code == 403
    assert browser.delete(f"{API}/auth/totp", json={"code": "000000"}).status_code == 403
    assert browser.get(f"{API}/auth/me").json["two_step"]
    assert browser.delete(f"{API}/auth/totp", json={"code": phone.now()}).status_code == 204
    assert app.test_client().post(f"{API}/auth/login", json=WAY_IN).status_code == 200


def test_a_new_password_ends_a_sign_in_that_waits_for_its_code(app, nora, visitor):
    browser, phone, _ = nora
    assert visitor.post("/login", data=WAY_IN).location == "/login/code"
    change = {"current_password": make.PASSWORD, "new_password": "another fine secret"}
    assert browser.post(f"{API}/auth/password", json=change).status_code == 204
    answer = visitor.post("/login/code", data={"code": phone.now()})
    assert answer.status_code == 422
    assert "took too long" in answer.text


def test_nobody_brings_a_ticket_of_their_own(app, visitor, nora):
    _, phone, _ = nora
    assert visitor.get("/login/code").location == "/login"
    answer = visitor.post("/login/code", data={"code": phone.now()})
    assert answer.location == "/login", "without the password there is no second step"
