"""From a cookie or a bearer token to the viewer.

Sessions are rows; what they say is kept in the cache for a minute and outdated at once when it changes.
Flask-Login carries the viewer through the request.
"""

import math
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import orjson
from flask import Flask, Request, Response, current_app, g, redirect, request
from flask_login import LoginManager
from sqlalchemy import and_, bindparam, func, select

from webapp.core import cache, clock, crypto, db, sessions
from webapp.core.cache import Memory
from webapp.core.errors import Refused
from webapp.core.wire import Command
from webapp.models import ApiToken, Media, User, UserSession
from webapp.visibility import VISITOR, Face, Viewer, addresses, stand_in, unread_numbers

_CACHE_SECONDS = 60
_A_YEAR = timedelta(days=365)
_READ_METHODS = ("GET", "HEAD", "OPTIONS")
_END = "auth_api.sign_out"  # a token that may only read may end itself, too
_HIDDEN = "Your account is hidden. Under Settings, Account you see why, and how to come back."
MARKER = "tintype_marker"  # readable by scripts, says nothing but "another sign-in than before"

View = TypeVar("View", bound=Callable[..., Any])
Along = Callable[[str], tuple[Command, ...]]  # for a person's id: what to ask Redis in the same round trip
users = User.__table__.c
media = Media.__table__.c
rows = UserSession.__table__.c
tokens = ApiToken.__table__.c

_PERSON = (
    users.id.label("user_id"), users.username, users.display_name, users.role, users.email_confirmed_at,
    users.status, users.own_status, users.shadowbanned, users.created_at.label("joined_at"),
    # by the database's clock when it is read: who comes back does not wait for the job that ends a suspension
    and_(users.suspended_until <= func.now(), users.expelled_at.is_(None)).label("suspension_over"),
    media.id.label("avatar_id"), media.public_key, func.coalesce(media.is_public, False).label("is_public"),
)  # fmt: skip


def install(app: Flask) -> None:
    """Make Flask-Login ask us who the viewer is."""
    manager = LoginManager(app, add_context_processor=False)  # templates have `viewer`
    manager.session_protection = None  # the session row is the session; the signed cookie only carries the CSRF token
    manager.anonymous_user = lambda: VISITOR
    manager.request_loader(_load)
    manager.unauthorized_handler(_sign_in_first)
    # There is no remember-me cookie; looking for one would read the form's session at every answer, static files too.
    app.after_request_funcs[None].remove(manager._update_remember_cookie)


def viewer() -> Viewer:
    """Return who is asking."""
    found: Viewer | None = g._get_current_object().get("_login_user")  # the proxies cost more than what they lead to
    return _load(request) if found is None else found


def _load(asked: Request) -> Viewer:
    find(asked)
    return known()


def known() -> Viewer:
    """Return who is asking if that is known already, without asking the database (for error pages)."""
    found: Viewer = g._get_current_object().get("_login_user", VISITOR)
    return found


def settle() -> None:
    """Take whom we know by now as the viewer: an error page must not ask a database that is away."""
    g._login_user = known()


def open_to_hidden(view: View) -> View:
    """Let a view be used by people whose accounts are hidden; they may see to that, and nothing else."""
    view.open_to_hidden = True  # type: ignore[attr-defined]
    return view


def hold(asked: Request, view: Any) -> Any:
    """Keep people whose accounts are hidden to the views that see to it. Pages lead there, all else is refused."""
    if (asked.endpoint or "ops.").startswith(("ops.", "assets.", "site.")):
        return None
    try:
        me = viewer()
    except Refused:  # a token that is not valid: the view says so, if it asks
        return None
    if me.status == "active" or getattr(view, "open_to_hidden", False):
        return None
    if asked.method == "GET" and not asked.path.startswith("/api/") and "HX-Request" not in asked.headers:
        return redirect("/settings/data", 303)
    raise Refused(_HIDDEN, kind="suspended")


def _sign_in_first() -> None:
    raise Refused("Please sign in to do this.", status=401)


def cookie_name() -> str:
    """Return the session cookie's name; behind TLS its prefix makes browsers refuse a forged one."""
    return "__Host-tintype" if current_app.config["SETTINGS"].secure else "tintype_session"


def is_bearer(incoming: Request) -> bool:
    """Tell whether the request brings a bearer token (and so needs no CSRF token)."""
    return incoming.headers.get("Authorization", "")[:7].lower() == "bearer "


def find(asked: Request, along: Along | None = None) -> list[Any]:
    """Find out who is asking. 401 for a bearer token that is not valid.

    `along` gives what to ask Redis for them on the way. Returns the answers: none if nobody could know beforehand who
    is asking.
    """
    me, said = None, []
    if is_bearer(asked):
        me = _by_token(asked.headers["Authorization"][7:].strip())
    elif key := asked.cookies.get(cookie_name()):
        me, said = _by_session(key, along)
    g._login_user = me or VISITOR
    return said


# Of sessions that came before: whose each is, which never changes, and the viewer that the bytes in Redis stand for.
_whose = Memory(5000)
_viewers = Memory(1000)


def _by_session(key: str, along: Along | None) -> tuple[Viewer | None, list[Any]]:
    key_hash = crypto.digest(key)
    name = sessions.cache_key(key_hash)
    whose = _whose.get(name)
    answers = cache.ask(("MGET", name, sessions.TURN), *(along(whose) if along and whose else ()))
    (kept, turn), *said = answers or [(None, None)]
    before, me = _understood(kept)
    known_as = before
    if known_as is None or known_as.get("turn") != int(turn or 0):
        known_as, me = _read_session(key_hash, int(turn or 0)), None  # the turn as it was before
    known_as = _slid(key, known_as)
    if known_as is None:
        if whose:
            _whose.put(name, "")  # whoever still has the key counts for nobody
        return None, []
    if known_as is not before:
        cache.fill(name, kept, orjson.dumps(known_as), _CACHE_SECONDS)
    if whose != known_as["id"]:
        _whose.put(name, known_as["id"])
    return me or _of_session(known_as), said


def _understood(kept: bytes | None) -> tuple[dict[str, Any] | None, Viewer | None]:
    """Return what is kept of a session, and the viewer that it makes; both are made once."""
    found = _viewers.get(kept)
    if found is None and kept is not None and not cache.is_mark(kept):
        known_as = orjson.loads(kept)
        found = known_as, _of_session(known_as)
        _viewers.put(kept, found)
    return found or (None, None)


def _of_session(known_as: dict[str, Any]) -> Viewer:
    badges = {name: known_as.get(name, 0) for name in ("unread", "unread_messages")}
    trusted = known_as.get("trusted", 0.0)
    return _viewer(known_as, session_id=uuid.UUID(known_as["session"]), trusted_until=trusted, **badges)


def _read_session(key_hash: bytes, turn: int) -> dict[str, Any] | None:
    unread = db.soon(_unread(), {"key_hash": key_hash})
    found = db.row(_session(), {"key_hash": key_hash, "now": clock.now()})
    if found is None:
        return None
    badges = unread.row
    return {
        **_person(found), "session": str(found.id), "stay": found.stay,
        "seen": found.last_seen_at.timestamp(), "expires": found.expires_at.timestamp(),
        "trusted": found.trusted_until.timestamp() if found.trusted_until else 0.0,
        "unread": badges.notifications, "unread_messages": badges.conversations, "turn": turn,
    }  # fmt: skip


@db.prepared
def _session() -> Any:
    return (
        select(rows.id, rows.stay, rows.last_seen_at, rows.expires_at, rows.trusted_until, *_PERSON)
        .join(User.__table__, users.id == rows.user_id)
        .outerjoin(Media.__table__, media.id == users.avatar_id)
        .where(rows.key_hash == bindparam("key_hash"), rows.expires_at > bindparam("now"))
    )


@db.prepared
def _unread() -> Any:
    """Count what is unread for the one whose session it is, who is not known yet."""
    whose = select(rows.user_id).where(rows.key_hash == bindparam("key_hash")).correlate(None).scalar_subquery()
    return unread_numbers(replace(stand_in("user"), id=whose))  # type: ignore[arg-type]


def _person(found: Any) -> dict[str, Any]:
    over = found.status == "suspended" and found.suspension_over
    return {
        "id": str(found.user_id), "username": found.username, "name": found.display_name,
        "role": found.role, "avatar": [str(found.avatar_id), found.public_key] if found.is_public else None,
        "confirmed": found.email_confirmed_at is not None, "status": found.own_status if over else found.status,
        "shadowbanned": found.shadowbanned, "joined": found.joined_at.timestamp(),
    }  # fmt: skip


def _viewer(person: dict[str, Any], **extra: Any) -> Viewer:
    face = person["avatar"] and Face(addresses(uuid.UUID(person["avatar"][0]), person["avatar"][1], True))
    return Viewer(
        uuid.UUID(person["id"]), person["username"], person["name"], person["role"], face,
        confirmed=person.get("confirmed", True) or not current_app.config["SETTINGS"].confirm_email,
        status=person.get("status", "active"), shadowbanned=person.get("shadowbanned", False),
        joined=person.get("joined"), **extra,
    )  # fmt: skip


def _slid(key: str, known_as: dict[str, Any] | None) -> dict[str, Any] | None:
    """Let the session and its cookie last on from this visit, if the last was a while ago. None if it has ended."""
    now = clock.now().timestamp()
    if known_as is None or now >= known_as["expires"]:
        return None
    if now - known_as["seen"] <= sessions.TOUCH_SECONDS:
        return known_as
    until = sessions.touch(uuid.UUID(known_as["session"]), known_as["stay"])
    if until is None:
        return None
    g.session_cookie = (key, known_as["stay"], known_as["session"])
    g.session_user = known_as["id"]
    return {**known_as, "seen": now, "expires": until.timestamp()}


def _by_token(token: str) -> Viewer:
    found = db.row(_token(), {"access_hash": crypto.digest(token), "now": clock.now()})
    if found is None:
        raise Refused("This access token is not valid any more. Refresh it or sign in again.", status=401)
    scopes = frozenset(found.scopes)
    if request.method not in _READ_METHODS and "write" not in scopes and request.endpoint != _END:
        raise Refused("This access token may only read.")
    trusted = (found.proved_at + sessions.trust()).timestamp() if found.proved_at else 0.0
    trusted = math.inf if "admin" in scopes else trusted
    return _viewer(_person(found), token_id=found.id, scopes=scopes, trusted_until=trusted)


@db.prepared
def _token() -> Any:
    return (
        select(tokens.id, tokens.scopes, tokens.proved_at, *_PERSON)
        .join(User.__table__, users.id == tokens.user_id)
        .outerjoin(Media.__table__, media.id == users.avatar_id)
        .where(
            tokens.access_hash == bindparam("access_hash"),
            tokens.access_expires_at > bindparam("now"),
            tokens.revoked_at.is_(None),
        )
    )


def remember(row: UserSession, key: str) -> None:
    """Send the session's cookie with the answer."""
    g.session_cookie = (key, row.stay, str(row.id))
    g.session_user = row.user_id


def forget() -> None:
    """Take the session's cookie back with the answer, and what the browser kept of the signed-in pages."""
    g.session_cookie = None


def send_cookies(response: Response) -> None:
    """Set or delete cookies as `remember` and `forget` asked."""
    if "session_cookie" not in g._get_current_object():
        return
    secure = current_app.config["SETTINGS"].secure
    if g.session_cookie is None:
        response.delete_cookie(cookie_name(), secure=secure, httponly=True, samesite="Lax")
        response.delete_cookie(MARKER, secure=secure, samesite="Lax")
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return
    key, stay, session_id = g.session_cookie
    age: timedelta | None = sessions.lifetime(True) if stay else None
    response.set_cookie(cookie_name(), key, max_age=age, secure=secure, httponly=True, samesite="Lax")
    response.set_cookie(MARKER, session_id[-8:], max_age=age, secure=secure, samesite="Lax")
    known = (
        f"{g.session_user}.{crypto.b64(current_app.config['SIGNER'].sign('device', str(g.session_user).encode(), 16))}"
    )
    response.set_cookie(_device_cookie(), known, max_age=_A_YEAR, secure=secure, httponly=True, samesite="Lax")


def device() -> dict[str, Any]:
    """Return what is known of the device: its name, its address, and who has signed in on it before."""
    return {"device": request.user_agent.string, "address": address(), "known_to": _known_to()}


def was_here() -> bool:
    """Tell whether somebody has signed in on this device before: a visitor may be one who was signed out."""
    return _known_to() is not None


def _known_to() -> uuid.UUID | None:
    """Return whose sign-in this device remembers; nobody can make the cookie but this site."""
    user_id, _, signature = request.cookies.get(_device_cookie(), "").partition(".")
    try:
        genuine = current_app.config["SIGNER"].valid("device", user_id.encode(), crypto.unb64(signature))
        return uuid.UUID(user_id) if genuine and signature else None
    except ValueError:
        return None


def _device_cookie() -> str:
    return cookie_name().replace("_session", "") + "_device"


def address() -> str:
    """Return the client's address."""
    return request.remote_addr or "unknown"
