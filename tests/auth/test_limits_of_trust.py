"""Nothing lasts for ever: sign-ins, tokens, and passwords that everybody would guess."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests import make
from webapp.auth import passwords
from webapp.core import cache, clock, db, sessions
from webapp.models import ApiToken, UserSession

API = "/api/v1"


def test_after_a_year_one_signs_in_anew_however_often_one_came(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    first = clock.now() - sessions.most() + timedelta(hours=2)
    with make.unit():
        mine = db.scalar(select(UserSession.id).where(UserSession.user_id == ana.id))
        db.execute(update(UserSession).values(created_at=first))
        sessions.touch(mine, stay=True)
        assert db.scalar(select(UserSession.expires_at)) == first + sessions.most(), "the visit moved it on no further"
    cache.client().flushdb()
    assert browser.get(f"{API}/auth/me").status_code == 200
    with make.unit():
        db.execute(update(UserSession).values(created_at=first - timedelta(hours=3)))
        sessions.touch(mine, stay=True)
    cache.client().flushdb()
    assert browser.get(f"{API}/auth/me").status_code == 401


def test_a_programs_tokens_end_a_year_after_the_password_was_given(app, visitor):
    make.user("ana")
    asked = {"username": "ana", "password": make.PASSWORD, "name": "script", "scopes": ["read"]}
    made = visitor.post(f"{API}/auth/token", json=asked).json
    with make.unit():
        db.execute(update(ApiToken).values(proved_at=clock.now() - sessions.most() + timedelta(days=3)))
    again = visitor.post(f"{API}/auth/refresh", json={"refresh_token": made["refresh_token"]})
    assert again.status_code == 200, again.text
    with make.unit():
        latest = db.scalar(select(ApiToken.refresh_expires_at).order_by(ApiToken.refresh_expires_at).limit(1))
        assert latest < clock.now() + timedelta(days=4)
        db.execute(update(ApiToken).values(refresh_expires_at=clock.now() - timedelta(seconds=1)))
    late = visitor.post(f"{API}/auth/refresh", json={"refresh_token": again.json["refresh_token"]})
    assert late.status_code == 401


@pytest.mark.parametrize(
    "password",
    [
        "basketball1234!",
        "1234basketball",
        "Tintype-2026!",
        "tintype12345",
        "nora-nora.1999",
        "nora.quist2024",
        "Sommerlicht!2026",
    ],
)
def test_what_is_put_around_a_known_word_makes_no_password(password):
    passwords.configure("Sommerlicht")
    try:
        assert passwords.weakness(password, "nora-nora", "nora.quist@example.org")
    finally:
        passwords._site.discard("sommerlicht")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery", "sommer licht im august", "a tintype of my aunt", "¡ñandú y café 7!", "a" * 128,
        "7" * 128, "abababababab", " " * 128,
    ],
)  # fmt: skip
def test_what_is_long_and_ones_own_is_one(password):
    assert passwords.weakness(password, "nora", "nora@example.org") is None


def test_a_password_is_taken_as_it_is_typed_long_and_with_blanks(app, visitor):
    long = "  Ünïcode pass phrase, 64 signs or more, with Blanks and CASE kept  " + "x" * 60
    body = {"username": "nora", "email": "nora@example.org", "password": long}
    assert visitor.post(f"{API}/auth/register", json=body).status_code == 201
    for other in (long.strip(), long.lower(), long[:72]):
        said = visitor.post(f"{API}/auth/login", json={"username": "nora", "password": other})
        assert said.status_code == 401, other
    assert visitor.post(f"{API}/auth/login", json={"username": "nora", "password": long}).status_code == 200


@pytest.mark.parametrize(("length", "status"), [(9, 422), (10, 201), (128, 201), (129, 422)])
def test_a_password_has_ten_to_a_hundred_and_twenty_eight_characters_whichever(app, visitor, length, status):
    body = {"username": "nora", "email": "nora@example.org", "password": "é" * length}
    assert visitor.post(f"{API}/auth/register", json=body).status_code == status


def test_keys_of_sessions_and_tokens_are_long_and_never_the_same(app, visitor):
    ana = make.user("ana")
    keys = {make.session(ana) for _ in range(20)} | {make.bearer(ana)["Authorization"][7:] for _ in range(20)}
    assert len(keys) == 40
    assert min(map(len, keys)) >= 43, "256 bits in base64"
    with make.unit():
        kept = db.session().execute(select(UserSession.key_hash)).scalars().all()
    assert all(len(one) == 32 for one in kept)
    assert not {bytes(one) for one in kept} & {key.encode() for key in keys}
    assert visitor.get(f"{API}/auth/me", headers={"Authorization": f"Bearer {uuid.uuid4()}"}).status_code == 401
