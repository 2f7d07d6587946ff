"""What every kind of answer carries, so that no browser takes it for something else, frames it or keeps it too long."""

import re

import psycopg
import pytest
from flask import Response

from tests import make
from webapp.core import db
from webapp.web import headers

POLICY = ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
TYPES = re.compile(r"text/[a-z-]+; charset=utf-8|application/(problem\+)?json|application/manifest\+json|image/[a-z+]+")
SHARED = {
    "/api/v1/feed?view=public", "/api/v1/openapi.json", "/static", "/sw.js", "/manifest.webmanifest", "/favicon.ico",
    "/robots.txt",
}  # fmt: skip


def check(answer: Response, path: str = "") -> None:
    """Hold an answer against what all have."""
    said = answer.headers
    for name, value in FIXED.items():
        assert said.get(name) == value, (path, name)
    assert all(rule in said["Content-Security-Policy"] for rule in POLICY), path
    assert "unsafe" not in said["Content-Security-Policy"], path
    assert "camera=(self)" in said["Permissions-Policy"], path
    assert said["X-Request-Id"], path
    assert said["Cache-Control"], path
    assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(said.keys()), path
    assert len(said.getlist("Content-Security-Policy")) == len(said.getlist("Cache-Control")) == 1, path
    if answer.status_code not in (204, 304) and not answer.is_streamed:
        assert TYPES.fullmatch(said["Content-Type"]), (path, said.get("Content-Type"))


def over_tls(app):
    """Return the settings of such a site behind TLS."""
    return type(app.config["SETTINGS"])(
        **{**app.config["SETTINGS"].model_dump(), "base_url": "https://photos.example.org", "password_megabytes": 19}
    )


def kept_by_nobody_else(answer: Response) -> bool:
    """Tell whether neither a proxy nor another person gets it from a copy."""
    return "no-store" in answer.headers["Cache-Control"] or "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200), ("HEAD", "/", 200), ("OPTIONS", "/", 200), ("GET", "/login", 200), ("GET", "/about", 200),
        ("GET", "/offline", 200), ("GET", "/docs", 200), ("GET", "/api/v1/feed?view=public", 200),
        ("GET", "/api/v1/openapi.json", 200), ("HEAD", "/api/v1/feed?view=public", 200), ("GET", "/healthz", 200),
        ("GET", "/readyz", 200), ("GET", "/metrics", 200), ("GET", "/sw.js", 200), ("GET", "/robots.txt", 200),
        ("GET", "/manifest.webmanifest", 200), ("GET", "/favicon.ico", 200), ("GET", "/static/css/tokens.css", 200),
        ("GET", "/static/js/app.js", 200), ("GET", "/static/icons/sprite.svg", 200), ("GET", "/settings/data", 302),
        ("GET", "/feed/new", 302), ("GET", "/nothing", 404), ("GET", "/api/v1/nothing", 404),
        ("GET", "/static/nothing", 404), ("GET", "/api/v1/notifications", 401), ("POST", "/", 405),
        ("PUT", "/api/v1/feed", 405), ("TRACE", "/", 405), ("PROPFIND", "/", 405), ("GET", "/api/v1/feed?limit=0", 422),
        ("GET", "/?limit=0", 422), ("GET", "/p/%00", 404),
    ],
)  # fmt: skip
def test_whatever_is_asked_without_an_account(app, visitor, method, path, status):
    answer = visitor.open(path, method=method, **({} if method in ("GET", "HEAD", "OPTIONS") else {"token": False}))
    assert answer.status_code == (303 if answer.status_code == 303 and status == 302 else status)
    check(answer, path)
    shared = any(path.startswith(one) for one in SHARED) and status == 200
    if not shared:
        assert kept_by_nobody_else(answer), answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/auth/login", {"data": "x", "content_type": "text/plain"}, 415),
        ("/api/v1/auth/login", {"data": "{", "content_type": "application/json"}, 400),
        ("/api/v1/auth/login", {"json": {"username": "a" * (2 << 20)}}, 413),
        ("/api/v1/auth/login", {"json": {"username": "nobody", "password": "wrong, and long"}}, 401),
        ("/login", {"data": {"username": "nobody", "password": "wrong, and long"}}, 422),
        ("/login", {"data": {"username": "a" * (2 << 20)}}, 413),
        ("/login", {"data": {}, "token": False}, 400),
        ("/api/v1/posts", {"json": {}, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    ],
)
def test_whatever_is_refused(app, visitor, path, body, status):
    answer = visitor.post(path, **body)
    assert answer.status_code == status, answer.text[:300]
    check(answer, path)
    assert kept_by_nobody_else(answer)


def test_what_is_personal_is_kept_by_nobody_else(app, sign_in):
    browser = sign_in(make.user("ana"))
    for path in (
        "/",
        "/settings/data",
        "/notifications",
        "/messages",
        "/api/v1/feed",
        "/api/v1/auth/me",
        "/search?q=an",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        check(answer, path)
        assert kept_by_nobody_else(answer), path
        assert "public" not in answer.headers["Cache-Control"], path
        assert "ETag" not in answer.headers, path


def test_a_copy_that_is_still_good_and_an_answer_without_a_body(app, visitor, sign_in):
    first = visitor.get("/api/v1/feed?view=public")
    again = visitor.get("/api/v1/feed?view=public", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    check(again)
    head = visitor.head("/api/v1/feed?view=public")
    assert (head.headers["ETag"], head.headers["Cache-Control"]) == (
        first.headers["ETag"],
        first.headers["Cache-Control"],
    )
    sheet = visitor.get("/static/css/tokens.css")
    again = visitor.get("/static/css/tokens.css", headers={"If-None-Match": sheet.headers["ETag"]})
    assert again.status_code == 304
    check(again)
    browser = sign_in(make.user("ana"))
    gone = browser.delete("/api/v1/notifications/push", json={"endpoint": "https://push.example.org/x"})
    assert gone.status_code in (200, 204, 404, 405, 422)
    check(gone)
    out = browser.post("/api/v1/auth/logout")
    assert out.status_code == 204
    check(out)
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_stream_of_events(app, sign_in):
    browser = sign_in(make.user("ana"))
    stream = browser.get("/api/v1/events", buffered=False)
    try:
        assert stream.status_code in (200, 503)
        check(stream)
        assert "no-store" in stream.headers["Cache-Control"]
    finally:
        stream.close()


def test_too_many(app, sign_in, monkeypatch):
    settings = app.config["SETTINGS"].model_copy(update={"rate_limit_scale": 0.000001})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    browser = sign_in(make.user("ana"))
    for path in ("/", "/api/v1/feed"):
        answers = [browser.get(path) for _ in range(2)]
        assert answers[1].status_code == 429
        assert int(answers[1].headers["Retry-After"]) > 0
        check(answers[1], path)


@pytest.mark.parametrize("path", ["/explore", "/api/v1/explore"])
def test_what_breaks_and_what_is_away(app, visitor, monkeypatch, path):
    def breaks(*_args, **_named):
        raise ZeroDivisionError("secret words of ours")

    def away(*_args, **_named):
        raise db.DBAPIError("secret words of ours", None, psycopg.errors.QueryCanceled("secret words of ours"))

    for what, status in ((breaks, 500), (away, 503)):
        monkeypatch.setattr("webapp.feed.queries.explore", what)
        answer = visitor.get(path)
        assert answer.status_code == status
        check(answer, path)
        assert "no-store" in answer.headers["Cache-Control"]
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text


def test_behind_tls_the_whole_host_stays_there(app):
    sent = []
    for settings in (over_tls(app), app.config["SETTINGS"]):
        with app.test_request_context("/") as context:
            answer = headers.answers(settings)("x")
            sent.append(dict(answer.get_wsgi_response(context.request.environ)[2]))
    assert sent[0]["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in sent[1]


def test_behind_tls_cookies_belong_to_one_host_and_to_no_script(app, monkeypatch):
    settings = over_tls(app)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    monkeypatch.setitem(app.config, "SESSION_COOKIE_NAME", "__Host-tintype_form")
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    make.user("ana")
    browser = app.test_client()
    body = {"username": "ana", "password": make.PASSWORD}
    answer = browser.post("/api/v1/auth/login", json=body, base_url="https://photos.example.org")
    assert answer.status_code == 200, answer.text
    sent = {cookie.split("=", 1)[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert "__Host-tintype" in sent
    for name, cookie in sent.items():
        assert "Secure" in cookie, name
        assert "SameSite=Lax" in cookie, name
        assert "Path=/" in cookie, name
        assert "Domain" not in cookie, name
        # the marker tells scripts that another sign-in has begun, and nothing else
        assert name.startswith("__Host-") or name == "tintype_marker", name
        assert ("HttpOnly" in cookie) is (name != "tintype_marker"), name
