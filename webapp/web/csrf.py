"""Against forged requests: a token in every form (Flask-WTF), and the browser's own word on where a request began.

The token lies in a signed cookie, so that visitors cost no row. Calls with a bearer token don't need it: no browser
sends one by itself. Neither do JSON calls without any cookie: other sites can't send JSON without asking first (CORS).
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, Response, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import login_required
from flask_wtf.csrf import generate_csrf, validate_csrf
from itsdangerous import URLSafeTimedSerializer
from markupsafe import Markup, escape
from wtforms import ValidationError

from webapp.core.cache import Memory
from webapp.core.errors import Refused
from webapp.web.viewer import cookie_name, is_bearer, viewer, was_here

View = TypeVar("View", bound=Callable[..., Any])

_SENTENCE = "This page was open for long, or cookies are off. Go back, reload the page and try again."
_SIGNED_OUT = "You were signed out, so nothing was done. Sign in, then send it once more."
_GUARD = login_required(lambda: None).__code__  # by which a guarded view is known

# Stands for the token in what is drawn once for all: no text of a person can hold it, because theirs is escaped.
PLACE = "<csrf>"
PLACE_FIELD = Markup(f'<input type="hidden" name="csrf_token" value="{PLACE}">')  # a constant # nosec B704
_GAP = b"\xff"  # what `seal` makes of it: a byte that no UTF-8 text holds, and thirty times as quickly found

_HEADERS = ("X-CSRFToken", "X-CSRF-Token")
_signed = Memory(5000)
_good = Memory(5000)  # tokens that this process signed or found good; of which browser
_opened = Memory(5000)
_TRUSTED_SECONDS = 3600


class FormCookies(SecureCookieSessionInterface):
    """Flask's signed cookie: its serializer is made once, and a good signature is looked at once an hour."""

    _serializer: URLSafeTimedSerializer | None = None

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; nothing if its signature is not good."""
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        now = time.monotonic()
        held, until = _opened.get(cookie) or ({}, 0.0)
        if now < until:
            return SecureCookieSession(held)
        session = super().open_session(app, request)
        if session is not None and list(session) == ["csrf_token"]:  # what is to be said once is not kept
            _opened.put(cookie, (dict(session), now + _TRUSTED_SECONDS))
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if what it holds has changed."""
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed and "Vary" not in response.headers:
            response.headers.add("Vary", "Cookie")
        elif session.accessed:
            response.vary.add("Cookie")

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs the cookie."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer


def install(app: Flask) -> None:
    """Prepare the tokens; the edge decides what to check."""
    app.session_interface = FormCookies()
    app.config["WTF_CSRF_TIME_LIMIT"] = None


def keyed(view: View) -> View:
    """Let a view be posted to without a token: its address is a key, which mail programs press for people."""
    view.keyed = True
    return view


def check(asked: Request, view: Any) -> None:
    """Refuse a write that may have been forged."""
    if asked.method in ("GET", "HEAD", "OPTIONS") or asked.endpoint is None:
        return
    if getattr(view, "keyed", False) or is_bearer(asked):
        return
    if asked.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Refused("This request came from another site, so it was not carried out.", kind="csrf")
    if asked.path.startswith("/api/") and cookie_name() not in asked.cookies:
        opens_session = asked.endpoint in ("auth_api.sign_in", "auth_api.register")
        if not opens_session or (not asked.cookies and asked.is_json):
            return
    given = next((asked.headers[name] for name in _HEADERS if name in asked.headers), None)
    given = asked.form.get("csrf_token") if given is None else given
    mine = session.get("csrf_token")
    if mine and _good.get(given) == mine:
        return
    try:
        validate_csrf(given)
    except ValidationError as error:
        # A token ends with its session. Who is told of the one alone never finds out about the other.
        if viewer().is_visitor and was_here() and _asks_for_sign_in(view):
            raise Refused(_SIGNED_OUT, status=401) from error
        raise Refused(_SENTENCE, status=400, kind="csrf") from error
    _good.put(given, mine)


def _asks_for_sign_in(view: Any) -> bool:
    """Tell whether a view is for people who are signed in, by what is wrapped around it."""
    while view is not None:
        if getattr(view, "__code__", None) is _GUARD or getattr(view, "kind", "") == "staff":
            return True
        view = getattr(view, "__wrapped__", None)
    return False


def token() -> str:
    """Return this browser's token, signed when it is first needed and not anew for every page."""
    mine = session.get("csrf_token")
    found: str | None = _signed.get(mine) if mine else None
    if found is None:
        found = generate_csrf()
        _signed.put(session["csrf_token"], found)
        _good.put(found, session["csrf_token"])
    return found


def seal(drawn: str) -> bytes:
    """Return what was drawn with PLACE_FIELD, ready to be kept and filled for many browsers."""
    return drawn.encode().replace(PLACE.encode(), _GAP)


def fill(page: bytes) -> bytes:
    """Put this browser's token where a page waits for it."""
    return page.replace(_GAP, escape(token()).encode()) if _GAP in page else page


def field() -> Markup:
    """Return the hidden field that every form holds."""
    return Markup('<input type="hidden" name="csrf_token" value="%s">') % token()
