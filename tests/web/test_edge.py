"""What every answer carries, and what every refusal looks like."""

import json

import pytest

from tests import make
from webapp.core import cache, log
from webapp.web import limits


def test_pages_carry_a_strict_policy_and_may_be_kept_for_the_back_button(app, visitor):
    answer = visitor.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "HX-Request" in answer.headers["Vary"]


def test_the_request_id_is_taken_or_made_and_never_forged(app, visitor):
    assert visitor.get("/healthz", headers={"X-Request-Id": "abc-12345"}).headers["X-Request-Id"] == "abc-12345"
    assert visitor.get("/healthz", headers={"X-Request-Id": "a1"}).headers["X-Request-Id"] == "a1"
    assert visitor.get("/healthz", headers={"X-Request-Id": "x y\tz"}).headers["X-Request-Id"] != "x y\tz"
    assert len(visitor.get("/healthz").headers["X-Request-Id"]) >= 12


@pytest.mark.parametrize("path", ["/nothing", "/p/nothing", "/@nobody", "/p/%00", "/tags/%00", "/@%ff"])
def test_what_is_not_there_is_a_kind_page(app, visitor, path):
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "<html" in answer.text
    assert "There is nothing here" in answer.text


def test_a_problem_has_all_its_members(app, visitor):
    answer = visitor.get("/api/v1/posts/nothing")
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail", "errors", "request_id"}
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("method", "path", "kwargs", "status"),
    [
        ("PUT", "/api/v1/feed", {"json": {}}, 405),
        ("POST", "/api/v1/auth/login", {"data": "x", "content_type": "text/plain"}, 415),
        ("POST", "/api/v1/auth/login", {"data": "{", "content_type": "application/json"}, 400),
        ("POST", "/api/v1/auth/login", {"json": [1]}, 422),
        ("POST", "/api/v1/auth/login", {"data": "[" * 50000, "content_type": "application/json"}, 400),
        ("POST", "/api/v1/posts/x/like", {"token": False}, 401),
        ("POST", "/api/v1/auth/login", {"data": b"\xff\xfe", "content_type": "application/json"}, 400),
        ("POST", "/api/v1/auth/login", {"json": {"username": "a" * (2 << 20)}}, 413),
        ("GET", "/api/v1/feed?limit=0", {}, 422),
        ("GET", "/api/v1/feed?limit=x", {}, 422),
        ("GET", "/api/v1/feed?cursor=AAAA", {}, 422),
        ("GET", "/api/v1/feed?view=sideways", {}, 422),
        ("GET", "/api/v1/feed?limit=%00", {}, 422),
        ("GET", "/api/v1/feed?view=following", {}, 401),
    ],
)
def test_bad_requests_are_told_apart(app, visitor, method, path, kwargs, status):
    answer = visitor.open(path, method=method, **kwargs)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"


def test_what_breaks_is_a_page_without_a_trace(app, visitor, monkeypatch):
    def broken():
        raise RuntimeError("inside")

    monkeypatch.setitem(app.view_functions, "feed.index", broken)
    answer = visitor.get("/")
    assert answer.status_code == 500
    assert "inside" not in answer.text
    assert "Something went wrong on our side" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_bucket_that_is_empty_says_how_long(app, sign_in, monkeypatch):
    settings = app.config["SETTINGS"].model_copy(update={"rate_limit_scale": 1.0})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    ana = make.user("ana")
    post_id = make.post(ana)
    browser = sign_in(ana)
    most = limits.BUCKETS["likes"][0]
    for _ in range(most):
        assert browser.post(f"/api/v1/posts/{post_id}/like").status_code == 200

    refused = browser.post(f"/api/v1/posts/{post_id}/like")

    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3601
    assert "100 times an hour" in refused.json["detail"]
    assert browser.post(f"/p/{post_id}/like").status_code == 429, "the page draws from the same bucket"
    assert browser.delete(f"/api/v1/posts/{post_id}/like").status_code == 200, "undoing counts elsewhere"
    other = sign_in(make.user("ben"))
    assert other.post(f"/api/v1/posts/{post_id}/like").status_code == 200


def test_limits_are_counted_here_while_redis_is_away(app, sign_in, no_redis, monkeypatch):
    settings = app.config["SETTINGS"].model_copy(update={"rate_limit_scale": 1.0})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    browser = sign_in(make.user("ana"))
    most = limits.BUCKETS["feed"][0]
    answers = [browser.get("/api/v1/feed") for _ in range(most + 1)]
    assert [answer.status_code for answer in answers] == [200] * most + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61


def test_a_visitor_of_many_addresses_is_one_visitor(app, monkeypatch):
    settings = app.config["SETTINGS"].model_copy(update={"rate_limit_scale": 1.0})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    most = limits.BUCKETS["search"][0]

    def search(address):
        asked = {"environ_base": {"REMOTE_ADDR": address}}
        return app.test_client().get("/api/v1/search/posts?q=fog", **asked).status_code

    assert {search(f"2001:db8:1:2::{number:x}") for number in range(most)} == {200}
    assert search("2001:db8:1:2:ffff::1") == 429, "in the same /64"
    assert search("2001:db8:1:3::1") == 200
    assert {search(f"::ffff:192.0.2.{number}") for number in range(most + 1)} == {200}
    assert {search(address) for address in ("fe80::1%eth0", "192.0.2.1", "unknown", "a:b")} == {200}


def test_a_count_that_lost_its_end_gets_one(app, sign_in, monkeypatch):
    settings = app.config["SETTINGS"].model_copy(update={"rate_limit_scale": 1.0})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    ana = make.user("ana")
    counted = f"limit:feed:{ana.id}"
    cache.client().set(counted, limits.BUCKETS["feed"][0])

    refused = sign_in(ana).get("/api/v1/feed")

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert 0 < cache.client().ttl(counted) <= 60


def test_who_still_has_the_key_of_a_session_that_ended_takes_nothing_from_whose_it_was(app, sign_in):
    ana = make.user("ana")
    browser, thief = sign_in(ana), sign_in(ana)
    assert thief.get("/api/v1/auth/me").status_code == 200
    for one in browser.get("/api/v1/auth/sessions").json["items"]:
        if not one["is_current"]:
            assert browser.delete(f"/api/v1/auth/sessions/{one['id']}").status_code == 204
    counted = f"limit:read:{ana.id}"
    before = int(cache.client().get(counted))
    for _ in range(4):
        assert thief.get("/api/v1/auth/me").status_code == 401
    assert int(cache.client().get(counted)) <= before + 1


def test_health_readiness_and_metrics(app, visitor):
    assert visitor.get("/healthz").text == "ok\n"
    ready = visitor.get("/readyz")
    assert ready.json == {"ready": True, "database": "ok", "redis": "ok", "storage": "ok"}
    visitor.get("/")
    figures = visitor.get("/metrics").text
    assert 'http_requests_total{method="GET",route="/",status="200"}' in figures
    for name in ("queue_depth", "image_processing_errors_total{", "feed_cache_hits_total{", "feed_cache_misses_total{"):
        assert name in figures, name
    assert visitor.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404
    assert visitor.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


def test_a_token_that_is_not_valid_turns_no_error_into_another(app, visitor):
    for path in ("/nothing/here", "/unsubscribe/nothing"):
        assert visitor.get(path, headers={"Authorization": "Bearer nothing"}).status_code == 404


def test_a_request_is_one_line_of_json(app, visitor, capfdbinary, monkeypatch):
    from_line = {}
    monkeypatch.setattr(
        "webapp.web.edge.log.get",
        lambda: type("L", (), {"info": lambda _s, e, **k: from_line.update(log.context() | k)})(),
    )
    visitor.get("/")
    assert from_line["route"] == "/"
    assert from_line["status"] == 200
    assert from_line["queries"] >= 1
    json.dumps(from_line)


def test_statics_are_immutable_under_their_version_and_compressed(app, visitor):
    page = visitor.get("/").text
    sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = visitor.get(sheet, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 12 * 1024
    assert visitor.get("/static/../wsgi.py").status_code == 404
    for path in ("/sw.js", "/manifest.webmanifest", "/favicon.ico", "/robots.txt", "/about", "/offline", "/docs"):
        assert visitor.get(path).status_code == 200, path


def test_a_cookie_that_was_tampered_with_holds_nothing_however_often_it_comes(app):
    browser = app.test_client()
    browser.get("/login")
    cookie = browser.get_cookie("tintype_form").value
    assert browser.get("/api/v1/auth/csrf").status_code == 200
    forged = cookie[:-3] + ("aaa" if cookie[-3:] != "aaa" else "bbb")
    for value, same in ((cookie, True), (forged, False), (forged, False), (cookie, True)):
        other = app.test_client()
        other.set_cookie("tintype_form", value)
        token = other.get("/login").text.split('name="csrf-token" content="')[1].split('"')[0]
        assert (token.split(".")[0] == browser.get("/api/v1/auth/csrf").json["csrf_token"].split(".")[0]) is same


def test_what_is_to_be_said_is_said_once(app, sign_in):
    browser = sign_in(make.user("ana"))
    for number in range(3):
        browser.post("/settings/privacy", data={"is_private": str(number % 2 == 0).lower()})
    page = browser.get("/settings/privacy").text
    assert page.count('class="toast"') == 3
    assert 'class="toast"' not in browser.get("/settings/privacy").text


def test_a_refusal_by_http_has_a_plain_title(app, visitor):
    assert visitor.get("/api/v1/nothing").json["title"] == "Not found"
    assert visitor.post("/about").status_code == 405
    assert "Not possible here" in visitor.post("/about").text


def test_a_referrer_that_is_no_address_leads_where_nobody_came_from(app, sign_in):
    ben, post_id = make.user("ben"), make.post(make.user("ana"))
    for referrer in ("http://[oops", "http://localhost]/", "//[", "nowhere"):
        answer = sign_in(ben).post(f"/p/{post_id}/like", headers={"Referer": referrer})
        assert (answer.status_code, answer.location) == (303, f"/#post-{post_id}")
