"""Against forged requests: a token in every form (Flask-WTF), and the browser's own word on where a request began.

The token lies in a signed cookie, so that visitors cost no row. Calls with a bearer token don't need it: no browser
sends one by itself. Neither do JSON calls without any cookie: other sites can't send JSON without asking first (CORS).
"""

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from markupsafe import Markup, escape

from webapp.core.errors import Refused
from webapp.web.viewer import cookie_name, is_bearer

_SENTENCE = "This page was open for long, or cookies are off. Reload it and try again; what you typed is still here."

# Stands for the token in what is drawn once for all: no text of a person can hold it, because theirs is escaped.
PLACE = "<csrf>"
PLACE_FIELD = Markup(f'<input type="hidden" name="csrf_token" value="{PLACE}">')

_protect = CSRFProtect()


def install(app: Flask) -> None:
    """Prepare the tokens; the edge decides what to check."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_HEADERS=["X-CSRFToken", "X-CSRF-Token"],
    )  # fmt: skip
    _protect.init_app(app)


def check() -> None:
    """Refuse a write that may have been forged."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint is None or is_bearer(request):
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Refused("This request came from another site, so it was not carried out.", kind="csrf")
    if request.path.startswith("/api/") and cookie_name() not in request.cookies:
        opens_session = request.endpoint in ("auth_api.sign_in", "auth_api.register")
        if not opens_session or (not request.cookies and request.is_json):
            return
    try:
        _protect.protect()
    except CSRFError as error:
        raise Refused(_SENTENCE, status=400, kind="csrf") from error


def token() -> str:
    """Return this browser's token."""
    return generate_csrf()


def fill(html: str) -> str:
    """Put this browser's token where a page waits for it."""
    return html.replace(PLACE, str(escape(generate_csrf()))) if PLACE in html else html


def field() -> Markup:
    """Return the hidden field that every form holds."""
    return Markup('<input type="hidden" name="csrf_token" value="%s">') % escape(generate_csrf())
