"""Rules of the wire: what is limited, what is ignored, what is never believed, and what the log says of attempts."""

import io
import json
import sys

import pytest

from tests import make
from webapp.core import db, log
from webapp.models import User
from webapp.web import limits

API = "/api/v1"


@pytest.fixture
def logged(app, monkeypatch):
    """Return a function that gives the lines that were logged."""
    written = io.BytesIO()
    standing_in = io.TextIOWrapper(written)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", standing_in)
        log.configure("INFO")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    log.configure("ERROR")


def test_every_address_draws_from_a_bucket_but_files_and_health(app):
    free = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("ops.", "assets."))}
    assert all(rule.methods <= {"GET", "HEAD", "OPTIONS"} for rule in app.url_map.iter_rules() if rule.endpoint in free)
    assert {name for name in free if name.startswith("ops.")} == {"ops.alive", "ops.ready", "ops.prometheus"}
    costly = {
        "auth.sign_in", "auth_api.sign_in", "auth_api.issue", "auth_api.register", "auth_api.forgot_password",
        "media_api.start", "posts_api.create", "comments_api.create", "messages_api.send", "search_api.posts",
    }  # fmt: skip
    buckets = {name: getattr(view, "bucket", None) for name, view in app.view_functions.items()}
    assert all(buckets[name] for name in costly if name in buckets)
    assert sum(name in buckets for name in costly) >= 8
    assert {bucket for bucket in buckets.values() if bucket} <= set(limits.BUCKETS)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/users/me", {"role": "admin"}, "role"),
        ("/users/me", {"id": "019a0000-0000-7000-8000-000000000001"}, "id"),
        ("/users/me", {"follower_count": 5}, "follower_count"),
        ("/users/me", {"display_name": ["a", "b"]}, "display_name"),
        ("/users/me", {"display_name": {"$ne": ""}}, "display_name"),
        ("/users/me", {"is_private": "perhaps"}, "is_private"),
        ("/users/me", {"display_name": 7}, "display_name"),
    ],
)
def test_fields_that_are_not_asked_for_or_of_another_kind_are_refused(app, sign_in, path, body, field):
    ana = make.user("ana")
    answer = sign_in(ana).patch(API + path, json=body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    with make.unit():
        assert db.session().get(User, ana.id).role == "user"


def test_a_form_sets_no_field_that_it_does_not_show(app, sign_in):
    answer = sign_in(make.user("ana")).post("/settings/profile", data={"display_name": "Ana", "role": "admin"})
    assert answer.status_code == 422


def test_of_what_is_said_twice_the_first_counts_and_places_are_not_mixed(app, sign_in):
    ana = make.user("ana")
    for number in range(3):
        make.post(ana, f"Post {number}")
    browser = sign_in(ana)
    assert len(browser.get(f"{API}/feed?limit=1&limit=3").json["items"]) == 1
    answer = browser.patch(f"{API}/users/me?display_name=Query", json={"bio": "Body"})
    assert answer.status_code in (200, 422)
    assert browser.get(f"{API}/users/me").json["display_name"] != "Query", "a query is no body"


def test_what_proxies_say_is_believed_of_none_unless_it_is_set(app, visitor, monkeypatch):
    """Who says that they come from elsewhere draws from the same bucket."""
    settings = app.config["SETTINGS"].model_copy(update={"rate_limit_scale": 1.0})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    make.user("nora")
    most = limits.BUCKETS["sign-in"][0]
    answers = [
        visitor.post(f"{API}/auth/login", json={"username": "nora", "password": "x"},
                     headers={"X-Forwarded-For": f"192.0.2.{number}", "X-Real-IP": f"192.0.2.{number}"}).status_code
        for number in range(most + 1)
    ]  # fmt: skip
    assert answers == [401] * most + [429]


def test_methods_that_nobody_needs_are_not_answered(app, visitor):
    for method in ("TRACE", "CONNECT", "TRACK", "PROPFIND", "FOO"):
        assert visitor.open("/", method=method, token=False).status_code in (400, 405), method
    assert visitor.post("/?_method=DELETE", token=False, headers={"X-HTTP-Method-Override": "GET"}).status_code == 405


def test_neither_folders_nor_our_own_files_are_served(app, visitor):
    paths = ("/static/", "/static/css/", "/.git/config", "/.env", "/static/../.env", "/static/%2e%2e/wsgi.py",
             "/static/..%2f..%2fetc%2fpasswd", "/wsgi.py", "/requirements.txt")  # fmt: skip
    for path in paths:
        answer = visitor.get(path)
        assert answer.status_code == 404, path
        assert "SECRET" not in answer.text


def test_attempts_are_in_the_log_with_who_where_and_how_they_ended(app, sign_in, logged):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ben)
    browser, stranger = sign_in(ana), app.test_client()
    stranger.post(f"{API}/auth/login", json={"username": "ana", "password": "a guess of somebody"})
    stranger.post(f"{API}/auth/login", json={"username": "ana", "password": make.PASSWORD})
    browser.delete(f"{API}/posts/{post_id}")
    browser.get(f"{API}/admin/users")
    browser.patch(f"{API}/users/me", json={"role": "admin"})
    lines = logged()
    said = [line for line in lines if line.get("event") == "request" and line["route"] != "/api/v1/auth/csrf"]
    assert [(line["route"], line["status"]) for line in said] == [
        ("/api/v1/auth/login", 401), ("/api/v1/auth/login", 200), ("/api/v1/posts/<post_id>", 403),
        ("/api/v1/admin/users", 403), ("/api/v1/users/me", 422),
    ]  # fmt: skip
    assert all(line["user_id"] == str(ana.id) for line in said[2:])
    assert all(line["timestamp"].endswith("Z") and line["request_id"] for line in said)
    whole = json.dumps(lines, default=str)
    assert not [word for word in ("a guess of somebody", make.PASSWORD, "ana@example.org") if word in whole]


def test_a_line_of_the_log_cannot_be_forged(app, visitor, logged):
    visitor.get("/nothing%0a%7b%22event%22%3a%22request%22%7d", headers={"X-Request-Id": 'a"}{"forged": 1}'})
    visitor.post(f"{API}/auth/login", json={"username": 'x"}\n{"forged": 1}', "password": "x"})
    lines = logged()
    assert next(line["status"] for line in lines if line.get("event") == "request") == 404
    assert "forged" not in json.dumps(lines)
