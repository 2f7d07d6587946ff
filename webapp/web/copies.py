"""The last good copies of public pages: what visitors see while the database is away.

A copy is a page as a visitor without any history here got it, with no form token and no cookie. It lies in Redis, so
that all processes have it, in a bounded number of places, and for minutes; while the database is away, asking for a
copy keeps it. What must not be seen any more leaves at once: all copies belong to one turn, and every write ends the
turn, but for those that are known to take nothing away from anybody's sight (`ADDING`). So no writer can forget to.
Who may be signed in gets none. Without Redis there are no copies.
"""

import time
import zlib

import orjson
from flask import Response, current_app, g, render_template, request, session

from webapp.core import cache, crypto, metrics
from webapp.web import csrf
from webapp.web.viewer import MARKER, cookie_name, is_bearer, known

_TURN = "copies:turn"
_PLACES = 256
_MOST_BYTES = 32 * 1024  # compressed; a page of twenty posts has some 8 KB
_EVERY = 10.0  # seconds between two copies of a page by one process
_NOTICE = b'<main id="main"'

# The pages that anybody may see, without a cursor or a choice in their address.
PAGES = frozenset({
    "feed.index", "feed.explore", "comments.show", "profiles.show", "profiles.timeline", "posts.tagged",
    "posts.located",
})  # fmt: skip

# Writes after which nobody sees less than before. Whole rooms end in a dot. Everything else ends the turn.
ADDING = (
    "auth.", "auth_api.", "feed.", "feed_api.", "graph.", "graph_api.", "media_api.", "messages.", "messages_api.",
    "notifications.", "notifications_api.", "stories.", "stories_api.", "site.",
    "comments.create", "comments.like", "comments.unlike",
    "comments_api.create", "comments_api.like", "comments_api.unlike",
    "posts.create", "posts.create_folder", "posts.delete_folder", "posts.follow_tag", "posts.keep", "posts.like",
    "posts.rename_folder", "posts.repost", "posts.retry", "posts.save", "posts.unfollow_tag", "posts.unlike",
    "posts.unsave",
    "posts_api.create", "posts_api.create_folder", "posts_api.delete_folder", "posts_api.follow_tag", "posts_api.like",
    "posts_api.rename_folder", "posts_api.repost", "posts_api.retry", "posts_api.save", "posts_api.unfollow_tag",
    "posts_api.unlike", "posts_api.unsave",
    "moderation.appeal", "moderation.assign", "moderation.note", "moderation.report",
    "moderation_api.appeal", "moderation_api.assign", "moderation_api.note", "moderation_api.report",
    "admin.dismiss", "admin.end_session", "admin.end_sessions", "admin.retry_job", "admin.retry_jobs",
    "admin_api.end_session", "admin_api.end_sessions", "admin_api.retry_job", "admin_api.retry_jobs",
    "users.choose", "users_api.choose", "users.choose_writers", "users.unsubscribe",
)  # fmt: skip

_taken = cache.Memory(500)  # when this process took a copy of a page last
_owed = [False]  # a turn should have been ended and Redis did not hear of it


def prepare(endpoint: str) -> None:
    """Note the turn before the page is read, if a copy of it is to be taken."""
    if endpoint not in PAGES or not known().is_visitor or not _plain() or not _fresh_eyes() or _seconds() == 0:
        return
    if time.monotonic() - (_taken.get(request.path) or -_EVERY) >= _EVERY:
        g.copy_turn = _turn()


def take(response: Response) -> None:
    """Keep a copy of a good page, under the turn in which its reading began."""
    turn = g._get_current_object().pop("copy_turn", None)
    if turn is None or response.status_code != 200 or response.mimetype != "text/html":
        return
    if "Set-Cookie" in response.headers or "_flashes" in session:
        return
    body = response.get_data().replace(csrf.token().encode(), b"")
    packed = zlib.compress(body, 6)
    if len(packed) > _MOST_BYTES or _NOTICE not in body:
        return
    label = orjson.dumps({"turn": turn, "page": request.path, "at": time.time()})
    cache.keep(_place(), label + b"\n" + packed, _seconds())
    _taken.put(request.path, time.monotonic())


def find() -> Response | None:
    """Return the copy of the page that is asked for, marked as one; None if there is none for whoever asks."""
    g.pop("copy_turn", None)
    if request.endpoint not in PAGES or not _plain() or _seconds() == 0:
        return None
    found = _read()
    (metrics.snapshot_misses if found is None else metrics.snapshot_hits).labels("public").inc()
    return None if found is None else _answer(*found)


def changed(endpoint: str) -> None:
    """End the turn after a write, unless it belongs to those that only add."""
    if endpoint not in ADDING and f"{endpoint.partition('.')[0]}." not in ADDING:
        forget()


def forget() -> None:
    """Let no copy count any longer, in any process. What Redis does not hear now it is told before the next copy."""
    _owed[0] = not cache.drop(_TURN)


def _plain() -> bool:
    """Tell whether a whole page is asked for by somebody who can't be signed in, at its plain address."""
    if request.method not in ("GET", "HEAD") or request.query_string or "HX-Request" in request.headers:
        return False
    return not is_bearer(request) and not {cookie_name(), MARKER} & request.cookies.keys()


def _fresh_eyes() -> bool:
    """Tell whether a page will be as for anybody: nothing was put away, nothing is to be said."""
    known = {current_app.config["SESSION_COOKIE_NAME"]}
    return request.cookies.keys() <= known and "_flashes" not in session


def _turn() -> str | None:
    if _owed[0]:
        forget()
    turn = None if _owed[0] else cache.get(_TURN)
    if turn is None and not _owed[0]:
        turn = crypto.token(9)
        cache.put(_TURN, turn, 86_400)
    return turn


def _read() -> tuple[bytes, int] | None:
    """Return the page and its age in seconds. It is kept on, because nothing can take its place for now."""
    found = cache.kept(_place(), _seconds())
    if found is None or _owed[0]:
        return None
    head, _, packed = found.partition(b"\n")
    label = orjson.loads(head)
    if label["page"] != request.path or label["turn"] != cache.get(_TURN):
        return None
    return zlib.decompress(packed), max(0, int(time.time() - label["at"]))


def _answer(body: bytes, age: int) -> Response:
    before, mark, after = body.partition(_NOTICE)
    tag, _, rest = after.partition(b">")
    said = render_template("shared/_notice.html", said=_said(age)).encode()
    response = Response(before + mark + tag + b">\n" + said + rest, mimetype="text/html")
    response.headers.update({"Cache-Control": "no-store", "Age": str(age), "Retry-After": "5"})
    return response


def _said(age: int) -> str:
    minutes = age // 60
    ago = "a moment" if minutes < 1 else "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"You see this page as it was {ago} ago. What is new, and signing in, have to wait a little."


def _seconds() -> int:
    return int(current_app.config["SETTINGS"].public_copy_seconds)


def _place() -> str:
    """Return where a page's copy lies. The two that everybody visits have places of their own."""
    if not request.view_args:
        return f"copy:{request.endpoint}"
    return f"copy:{int.from_bytes(crypto.digest(request.path)[:4], 'big') % _PLACES}"
