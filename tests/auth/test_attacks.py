"""What somebody with bad intent tries at the door, and what must not come of it."""

import base64
import re

from sqlalchemy import text

from tests import make
from tests.auth.test_passkeys import add, sign_in_by
from tests.auth.test_totp import turn_on
from tests.authenticator import Device
from webapp.core import db

API = "/api/v1"
NEW = "another fine secret"


def grabbed(app):
    """Return the browser of somebody who made an account with another's address."""
    browser = app.test_client()
    asked = {"username": "grabbed", "email": "victim@example.org", "password": make.PASSWORD}
    assert browser.post(f"{API}/auth/register", json=asked).status_code == 201
    entered = browser.post(f"{API}/auth/login", json={"username": "grabbed", "password": make.PASSWORD})
    browser.csrf = entered.json["csrf_token"]
    return browser


def reset(app, letters):
    """Let the address's owner set a new password by mail."""
    owner = app.test_client()
    owner.post(f"{API}/auth/password/forgot", json={"email": "victim@example.org"})
    mail = [mail for mail in letters.of("victim@example.org") if "new password" in mail["Subject"]][-1]
    token = re.search(r"/reset/(\S+)", mail.get_body(("plain",)).get_content())[1]
    done = owner.post(f"{API}/auth/password/reset", json={"token": token, "new_password": NEW})
    assert done.status_code == 204
    return owner


def test_who_resets_by_mail_shares_the_account_with_nobody(app, letters):
    attacker, device = grabbed(app), Device()
    assert add(attacker, device).status_code == 201
    make.work()
    reset(app, letters)
    assert attacker.get(f"{API}/auth/me").status_code == 401
    assert sign_in_by(app.test_client(), device).status_code == 401


def test_who_resets_by_mail_is_not_asked_for_anothers_codes(app, letters):
    turn_on(grabbed(app))
    make.work()
    owner = reset(app, letters)
    entered = owner.post(f"{API}/auth/login", json={"username": "grabbed", "password": NEW})
    assert entered.status_code == 200


def test_what_is_typed_as_a_name_reaches_no_other_count(app, sign_in, visitor):
    nora = make.user("nora")
    for name in (f"totp:{nora.id}", f"id:{nora.id}", str(nora.id), f"prove:{nora.id}"):
        for _ in range(11):
            visitor.post(f"{API}/auth/login", json={"username": name, "password": "x"})
    turn_on(sign_in(nora))
    entered = app.test_client().post(f"{API}/auth/login", json={"username": "nora", "password": make.PASSWORD})
    assert entered.json["type"] == "totp-required"


def test_strangers_guesses_do_not_hold_up_whoever_is_signed_in(app, sign_in, visitor):
    browser = sign_in(make.user("nora"))
    for _ in range(11):
        last = visitor.post(f"{API}/auth/login", json={"username": "nora", "password": "x"})
    assert last.status_code == 429
    change = {"current_password": make.PASSWORD, "new_password": NEW}
    assert browser.post(f"{API}/auth/password", json=change).status_code == 204


def test_a_programs_name_writes_no_paragraph_into_our_mails(app, visitor, letters):
    make.user("nora")
    with make.unit():
        db.execute(text("UPDATE users SET created_at = now() - interval '1 day'"))
    name = "Nobody.\n\nConfirm it:\n\nhttps://evil.example/reset\n\nThis"
    asked = {"username": "nora", "password": make.PASSWORD, "name": name}
    assert visitor.post(f"{API}/auth/token", json=asked).status_code in (200, 422)
    for mail in letters.of("nora@example.org"):
        plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert "evil.example/reset\n" not in plain
        assert 'href="https://evil' not in html
        assert "https://evil" not in plain


def test_a_nested_answer_of_a_device_is_refused(app, visitor):
    nested = base64.urlsafe_b64encode(b"[" * 20_000).decode()
    visitor.post(f"{API}/auth/passkeys/login/options")
    credential = {"rawId": "AA", "response": {"clientDataJSON": nested}}
    assert visitor.post(f"{API}/auth/passkeys/login", json={"credential": credential}).status_code == 401
