"""Accounts, sessions and tokens as scripts see them."""

import pytest

from tests import make
from webapp.auth import guesses
from webapp.core import cache, options

API = "/api/v1"
NEW = {"username": "nora", "email": "nora@example.org", "password": "correct horse battery"}


def test_somebody_registers_signs_in_and_is_known(app, visitor):
    made = visitor.post(f"{API}/auth/register", json={**NEW, "display_name": "Nora"})
    assert made.status_code == 201
    assert made.json["username"] == "nora"
    assert visitor.get(f"{API}/auth/me").status_code == 401, "registering does not sign in"

    signed_in = visitor.post(f"{API}/auth/login", json={"username": "Nora", "password": NEW["password"]})

    assert signed_in.status_code == 200
    assert signed_in.json["user"]["username"] == "nora"
    assert visitor.get(f"{API}/auth/me").json["display_name"] == "Nora"
    assert visitor.get(f"{API}/users/nora").json["created_at"] == made.json["created_at"]


def test_one_signs_in_with_the_address_too(app, visitor):
    make.user("nora")
    body = {"username": "NORA@example.org", "password": make.PASSWORD}
    assert visitor.post(f"{API}/auth/login", json=body).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ab"}, "username"),
        ({"username": "Admin"}, "username"),
        ({"username": "héllo"}, "username"),
        ({"email": "no address"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "1234567890"}, "password"),
        ({"password": "nora@example.org"}, "password"),
        ({"display_name": "x" * 101}, "display_name"),
        ({"display_name": "nul\x00"}, "display_name"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_bad_field_is_named(app, visitor, change, field):
    answer = visitor.post(f"{API}/auth/register", json={**NEW, **change})
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert field in answer.json["errors"]
    assert answer.json["request_id"]


def test_a_taken_name_is_said_and_a_taken_address_is_not(app, visitor):
    make.user("nora")
    taken = visitor.post(f"{API}/auth/register", json=NEW)
    assert taken.status_code == 422
    assert "username" in taken.json["errors"]

    same_address = visitor.post(f"{API}/auth/register", json={**NEW, "username": "somebody"})
    fresh = visitor.post(f"{API}/auth/register", json={**NEW, "username": "fresh_one", "email": "f@example.org"})

    assert same_address.status_code == fresh.status_code == 201
    assert same_address.json.keys() == fresh.json.keys()
    assert visitor.get(f"{API}/users/somebody").status_code == 404


def test_a_wrong_password_and_an_unknown_name_look_alike(app, visitor):
    make.user("nora")
    wrong = visitor.post(f"{API}/auth/login", json={"username": "nora", "password": "not the one"})
    unknown = visitor.post(f"{API}/auth/login", json={"username": "nobody", "password": "not the one"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json["detail"] == unknown.json["detail"]


def test_ten_wrong_guesses_close_an_account_for_a_while(app, visitor):
    make.user("nora")
    for _ in range(10):
        assert visitor.post(f"{API}/auth/login", json={"username": "nora", "password": "x"}).status_code == 401
    refused = visitor.post(f"{API}/auth/login", json={"username": "nora", "password": make.PASSWORD})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 60


def test_strangers_guesses_do_not_hold_up_a_known_device(app, visitor):
    make.user("nora")
    hers = app.test_client()
    right = {"username": "nora", "password": make.PASSWORD}
    assert hers.post(f"{API}/auth/login", json=right).status_code == 200
    hers.csrf = None
    hers.post(f"{API}/auth/logout")
    hers.csrf = None
    for _ in range(11):
        visitor.post(f"{API}/auth/login", json={"username": "nora", "password": "x"})
    assert visitor.post(f"{API}/auth/login", json=right).status_code == 429
    assert hers.post(f"{API}/auth/login", json=right).status_code == 200


def test_a_device_that_many_use_is_no_way_to_guess_without_an_end(app, visitor):
    make.user("nora")
    right = {"username": "nora", "password": make.PASSWORD}
    assert visitor.post(f"{API}/auth/login", json=right).status_code == 200
    for name in ("nora", "nora@example.org"):
        for _ in range(6):
            visitor.csrf = None
            visitor.post(f"{API}/auth/logout")
            visitor.csrf = None
            wrong = visitor.post(f"{API}/auth/login", json={"username": name, "password": "x"})
    assert wrong.status_code == 429, "by either name"
    assert app.test_client().post(f"{API}/auth/login", json=right).status_code == 200, "others are not held up by it"


def test_signing_out_ends_the_session_at_once(app, sign_in):
    nora = make.user("nora")
    here, stolen = sign_in(nora), app.test_client()
    key = here.get_cookie("tintype_session").value
    stolen.carry(key)
    assert stolen.get(f"{API}/auth/me").status_code == 200

    out = here.post(f"{API}/auth/logout")

    assert out.status_code == 204
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert stolen.get(f"{API}/auth/me").status_code == 401


@pytest.mark.parametrize("scopes", [["read", "write"], ["read"]])
def test_a_program_that_signs_out_ends_its_family_of_tokens_and_no_other(app, visitor, scopes):
    nora = make.user("nora")
    asked = {"username": "nora", "password": make.PASSWORD, "name": "script", "scopes": scopes}
    first = visitor.post(f"{API}/auth/token", json=asked).json
    made = visitor.post(f"{API}/auth/refresh", json={"refresh_token": first["refresh_token"]}).json
    mine, other = {"Authorization": f"Bearer {made['access_token']}"}, make.bearer(nora)
    program = app.test_client()
    assert program.get(f"{API}/auth/me", headers=mine).status_code == 200

    assert program.post(f"{API}/auth/logout", headers=mine, token=False).status_code == 204

    assert program.get(f"{API}/auth/me", headers=mine).status_code == 401
    again = visitor.post(f"{API}/auth/refresh", json={"refresh_token": made["refresh_token"]})
    assert again.status_code == 401
    assert program.get(f"{API}/auth/me", headers=other).status_code == 200


def test_one_sees_ones_sessions_and_ends_one(app, sign_in):
    nora = make.user("nora")
    phone, desk = sign_in(nora), sign_in(nora)
    found = desk.get(f"{API}/auth/sessions").json["items"]
    assert len(found) == 2
    other = next(one for one in found if not one["is_current"])

    assert desk.delete(f"{API}/auth/sessions/{other['id']}").status_code == 204

    assert phone.get(f"{API}/auth/me").status_code == 401
    assert desk.delete(f"{API}/auth/sessions/{other['id']}").status_code == 404


def test_nobody_ends_the_sessions_of_others(app, sign_in):
    nora, mallory = make.user("nora"), make.user("mallory")
    hers = sign_in(nora)
    session_id = hers.get(f"{API}/auth/sessions").json["items"][0]["id"]
    assert sign_in(mallory).delete(f"{API}/auth/sessions/{session_id}").status_code == 404
    assert hers.get(f"{API}/auth/me").status_code == 200


def test_a_new_password_ends_every_other_session_and_token(app, sign_in, visitor):
    nora = make.user("nora")
    here, there, program = sign_in(nora), sign_in(nora), make.bearer(nora)
    body = {"current_password": make.PASSWORD, "new_password": "another fine secret"}

    assert here.post(f"{API}/auth/password", json=body).status_code == 204

    assert here.get(f"{API}/auth/me").status_code == 200
    assert there.get(f"{API}/auth/me").status_code == 401
    assert visitor.get(f"{API}/auth/me", headers=program).status_code == 401
    assert visitor.post(f"{API}/auth/login", json={"username": "nora", "password": make.PASSWORD}).status_code == 401


def test_tokens_rotate_and_a_reused_one_ends_its_family(app, visitor):
    make.user("nora")
    asked = {"username": "nora", "password": make.PASSWORD, "name": "script", "scopes": ["read", "write"]}
    first = visitor.post(f"{API}/auth/token", json=asked).json
    second = visitor.post(f"{API}/auth/refresh", json={"refresh_token": first["refresh_token"]}).json
    bearer = {"Authorization": f"Bearer {second['access_token']}"}
    assert visitor.get(f"{API}/auth/me", headers=bearer).status_code == 200
    assert (
        visitor.get(f"{API}/auth/me", headers={"Authorization": f"Bearer {first['access_token']}"}).status_code == 401
    )

    again = visitor.post(f"{API}/auth/refresh", json={"refresh_token": first["refresh_token"]})

    assert again.status_code == 401
    assert visitor.get(f"{API}/auth/me", headers=bearer).status_code == 401, "the family has ended, and stays so"


def test_a_reading_token_does_not_write(app, visitor):
    nora, ana = make.user("nora"), make.user("ana")
    reading = make.bearer(nora, "read")
    assert visitor.get(f"{API}/users/ana", headers=reading).status_code == 200
    assert visitor.post(f"{API}/users/ana/follow", headers=reading, token=False).status_code == 403
    assert visitor.get(f"{API}/users/{ana.id}").json["counts"]["followers"] == 0


def test_a_write_with_a_cookie_needs_the_token(app, sign_in):
    nora = make.user("nora")
    make.user("ana")
    browser = sign_in(nora)
    assert browser.post(f"{API}/users/ana/follow", token=False).status_code == 400
    assert browser.post(f"{API}/users/ana/follow").status_code == 200


def test_another_site_can_not_write(app, sign_in):
    browser = sign_in(make.user("nora"))
    make.user("ana")
    forged = browser.post(f"{API}/users/ana/follow", headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403


def test_sessions_survive_without_redis(app, sign_in):
    browser = sign_in(make.user("nora"))

    kept = cache._cache[0]
    cache.connect("unix:///nowhere/redis.sock", 0.1)
    try:
        assert browser.get(f"{API}/auth/me").status_code == 200
    finally:
        cache._cache[:] = [kept]


@pytest.mark.parametrize("name", ["a\x00b", "nora\ud800"])
def test_a_name_that_nobody_can_have_is_refused_by_name(app, visitor, name):
    answer = visitor.post(f"{API}/auth/login", json={"username": name, "password": "x"})
    assert answer.status_code == 422
    assert "username" in answer.json["errors"]


def test_an_accent_is_the_same_however_it_is_typed(app, visitor):
    new = {**NEW, "password": "caf\u00e9 and cream"}
    assert visitor.post(f"{API}/auth/register", json=new).status_code == 201
    body = {"username": "nora", "password": "cafe\u0301 and cream"}
    assert visitor.post(f"{API}/auth/login", json=body).status_code == 200


def wrong(visitor, name: str) -> int:
    return visitor.post(f"{API}/auth/login", json={"username": name, "password": "x"}).status_code


def test_tries_by_the_name_tell_nothing_of_whose_address_it_is(app, visitor):
    make.user("nora")
    make.user("ben")
    assert [wrong(visitor, "nora") for _ in range(11)] == [401] * 10 + [429]
    for somebody in ("nora@example.org", "ben@example.org", "nobody@example.org"):
        assert wrong(visitor, somebody) == 401
    assert [wrong(visitor, "nora@example.org") for _ in range(10)] == [401] * 9 + [429]
    assert [wrong(visitor, "nobody@example.org") for _ in range(10)] == [401] * 9 + [429]


def test_however_a_name_is_written_its_tries_are_the_same(app, visitor):
    make.user("nora")
    for name in ("nora", "nobody"):
        assert [wrong(visitor, spelt) for spelt in [f" {name}", name.upper(), f"{name} "] * 3] == [401] * 9
        assert [wrong(visitor, name) for _ in range(2)] == [401, 429]


def test_who_signs_in_by_one_name_is_forgiven_the_wrong_tries_by_both(app, visitor):
    make.user("nora")
    for _ in range(9):
        wrong(visitor, "nora")
        wrong(visitor, "nora@example.org")
    right = {"username": "nora", "password": make.PASSWORD}
    assert app.test_client().post(f"{API}/auth/login", json=right).status_code == 200
    assert [wrong(visitor, name) for name in ["nora", "nora@example.org"] * 10] == [401] * 20


def test_the_scale_of_all_limits_counts_for_wrong_passwords_too(app, visitor):
    make.user("nora")
    guesses.scale[:] = [0.2]
    assert [wrong(visitor, "nora") for _ in range(3)] == [401, 401, 429]
    guesses.scale[:] = [1.2]
    assert [wrong(visitor, "nora") for _ in range(11)] == [401] * 10 + [429]


def test_signing_in_again_leaves_one_session(app, visitor):
    nora = make.user("nora")
    body = {"username": "nora", "password": make.PASSWORD}
    for _ in range(2):
        visitor.csrf = None
        assert visitor.post(f"{API}/auth/login", json=body).status_code == 200
    with make.unit():
        assert len(make.sessions.of(nora.id)) == 1


def test_a_closed_site_takes_nobody(app, visitor):
    options.kept.hold(options.Options(registration="closed"), 60)
    assert visitor.post(f"{API}/auth/register", json=NEW).status_code == 403
    page = visitor.post("/register", data=NEW)
    assert page.status_code == 403
    assert "no new accounts" in page.text
    assert visitor.get(f"{API}/users/nora").status_code == 404


def test_a_bad_token_empties_nobodys_bucket(app, visitor, monkeypatch):
    settings = app.config["SETTINGS"].model_copy(update={"rate_limit_scale": 1.0})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    wrong = {"username": "nobody", "password": "x"}
    statuses = [visitor.post(f"{API}/auth/login", json=wrong).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    for _ in range(6):
        assert app.test_client().get(f"{API}/feed", headers={"Authorization": "Bearer x"}).status_code == 401
    assert visitor.post(f"{API}/auth/login", json=wrong).status_code == 429
