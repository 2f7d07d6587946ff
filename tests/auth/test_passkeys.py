"""Passkeys over JSON: a challenge is good once and for one browser, and only a device that knows its owner passes."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests import make
from tests.auth.test_totp import turn_on
from tests.authenticator import Device
from webapp.core import clock, db
from webapp.models import PasskeyChallenge, UserSession

API = "/api/v1/auth/passkeys"


def add(browser, device: Device, name: str = "Phone"):
    options = browser.post(f"{API}/options").json
    return browser.post(API, json={"credential": device.make(options), "name": name})


def sign_in_by(browser, device: Device, **changed):
    options = browser.post(f"{API}/login/options").json
    return browser.post(f"{API}/login", json={"credential": device.sign(options, **changed)})


@pytest.fixture
def nora(app, sign_in):
    """Somebody with a passkey: browser and device."""
    browser, device = sign_in(make.user("nora")), Device()
    assert add(browser, device).status_code == 201
    return browser, device


def test_a_passkey_signs_in_without_name_or_password(app, nora, visitor, letters):
    _, device = nora
    for _ in range(2):
        answer = sign_in_by(visitor, device)
        assert answer.status_code == 200, answer.json
        assert answer.json["user"]["username"] == "nora"
        visitor.csrf = answer.json["csrf_token"]
    assert visitor.get("/api/v1/auth/me").json["passkeys"] == 1
    assert "was added" in letters.one("nora@example.org")["Subject"]


def test_it_stands_in_for_both_steps(app, nora, visitor):
    browser, device = nora
    turn_on(browser)
    assert sign_in_by(visitor, device).status_code == 200


def test_the_options_ask_for_a_device_that_knows_its_owner(app, nora):
    browser, _ = nora
    options = browser.post(f"{API}/options").json
    assert options["rp"] == {"name": "Tintype", "id": "localhost"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert len(options["excludeCredentials"]) == 1
    assert options["attestation"] == "none"
    again = browser.post(f"{API}/login/options").json
    assert again["userVerification"] == "required"
    assert not again.get("allowCredentials"), "nobody learns who has which passkey"


def test_an_answer_is_taken_once(app, nora, visitor):
    _, device = nora
    options = visitor.post(f"{API}/login/options").json
    body = {"credential": device.sign(options)}
    first = visitor.post(f"{API}/login", json=body)
    assert first.status_code == 200
    visitor.csrf = first.json["csrf_token"]
    assert visitor.post(f"{API}/login", json=body).status_code == 401


def test_an_answer_counts_in_the_browser_that_got_the_challenge_alone(app, nora, visitor):
    _, device = nora
    body = {"credential": device.sign(visitor.post(f"{API}/login/options").json)}
    other = app.test_client()
    other.post(f"{API}/login/options")
    assert other.post(f"{API}/login", json=body).status_code == 401
    assert visitor.post(f"{API}/login", json=body).status_code == 200


def test_a_challenge_ends_after_five_minutes(app, nora, visitor):
    _, device = nora
    body = {"credential": device.sign(visitor.post(f"{API}/login/options").json)}
    with make.unit():
        db.execute(update(PasskeyChallenge).values(expires_at=clock.now()))
    assert visitor.post(f"{API}/login", json=body).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [{"origin": "https://evil.example"}, {"type": "webauthn.create"}, {"challenge": "AAAA"}, {"challenge": None}],
)
def test_what_was_signed_for_another_site_or_purpose_is_refused(app, nora, visitor, changed):
    _, device = nora
    assert sign_in_by(visitor, device, **changed).status_code == 401
    assert sign_in_by(visitor, device).status_code == 200


def test_a_device_that_does_not_know_its_owner_is_refused(app, nora, visitor, sign_in):
    browser, device = nora
    device.verifies = False
    assert sign_in_by(visitor, device).status_code == 401
    blind = Device()
    blind.verifies = False
    assert add(browser, blind).status_code == 403


def test_a_copy_of_a_passkey_is_found_out_by_its_counter(app, nora, visitor):
    _, device = nora
    answer = sign_in_by(visitor, device)
    assert answer.status_code == 200
    visitor.csrf = answer.json["csrf_token"]
    device.count = 0
    assert sign_in_by(visitor, device).status_code == 401
    assert sign_in_by(visitor, device).status_code == 200, "the true one has gone on counting"


def test_a_key_that_nobody_has_added_is_refused(app, nora, visitor):
    stranger = Device()
    assert sign_in_by(visitor, stranger).status_code == 401


def test_a_challenge_for_one_persons_passkey_adds_none_to_another(app, nora, sign_in):
    browser, _ = nora
    ben = sign_in(make.user("ben"))
    options = browser.post(f"{API}/options").json
    assert ben.post(API, json={"credential": Device().make(options)}).status_code == 403
    assert ben.get(API).json["items"] == []


def test_a_passkey_belongs_to_one_account(app, nora, sign_in):
    _, device = nora
    ben = sign_in(make.user("ben"))
    assert add(ben, device).status_code == 409


def test_adding_one_asks_for_the_password_when_the_sign_in_is_old(app, nora):
    browser, _ = nora
    with make.unit():
        db.execute(update(UserSession).values(proved_at=clock.now() - timedelta(hours=1)))
    refused = browser.post(f"{API}/options")
    assert (refused.status_code, refused.json["type"]) == (403, "password-needed")
    assert 'name="password"' in browser.get("/settings/passkeys").text
    assert browser.post(f"{API}/options", json={"password": "wrong"}).status_code == 403
    assert browser.post(f"{API}/options", json={"password": make.PASSWORD}).status_code == 200


def test_a_removed_one_signs_in_no_more(app, nora, visitor, sign_in, letters):
    browser, device = nora
    (mine,) = browser.get(API).json["items"]
    assert mine["name"] == "Phone"
    assert browser.get(f"{API}/{mine['id']}").json["id"] == mine["id"]
    other = sign_in(make.user("ben"))
    assert other.get(f"{API}/{mine['id']}").status_code == 404
    assert other.delete(f"{API}/{mine['id']}").status_code == 404
    letters.of("nora@example.org")
    assert browser.post(f"/settings/passkeys/{mine['id']}/remove").status_code == 303
    assert "was removed" in letters.one("nora@example.org")["Subject"]
    assert sign_in_by(visitor, device).status_code == 401


@pytest.mark.parametrize("rubbish", [{}, {"response": 5}, {"response": {"clientDataJSON": "!"}}, {"rawId": None}])
def test_rubbish_is_refused_and_breaks_nothing(app, nora, visitor, rubbish):
    browser, _ = nora
    visitor.post(f"{API}/login/options")
    assert visitor.post(f"{API}/login", json={"credential": rubbish}).status_code == 401
    assert browser.post(API, json={"credential": rubbish}).status_code == 403
    options = visitor.post(f"{API}/login/options").json
    half = Device().sign(options)
    half["response"]["signature"] = "AAAA"
    del half["response"]["authenticatorData"]
    assert visitor.post(f"{API}/login", json={"credential": half}).status_code == 401
