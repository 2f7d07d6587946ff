"""The door to what only moderators and admins may do: 401 signed out, 403 without the role.

Who has not shown for a while who they are is asked for the password or a passkey first.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

from flask import request

from webapp.core import clock, sessions
from webapp.core.errors import Refused
from webapp.visibility import Viewer
from webapp.web import htmx, problems
from webapp.web.viewer import viewer

View = TypeVar("View", bound=Callable[..., Any])
_WRITTEN = 300  # seconds: that somebody goes on is written down at most this often


def only(role: str) -> Callable[[View], View]:
    """Let a view be used by this role and those above it alone."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*arguments: Any, **named: Any) -> Any:
            me = viewer()
            if me.is_visitor:
                raise Refused("Please sign in to do this.", status=401)
            if not me.is_at_least(role):
                raise Refused(f"Only {role}s of this site can do this.")
            if clock.now().timestamp() >= me.trusted_until:
                return _ask()
            _go_on(me)
            return view(*arguments, **named)

        guarded.kind = "staff"  # type: ignore[attr-defined]  # its statements may take longer
        return guarded  # type: ignore[return-value]

    return guard


def _ask() -> Any:
    """Lead to where the password is asked for and from there back: after a form, to the page that it was on."""
    if problems.wants_json():
        sentence = "Give your password once more: POST /api/v1/auth/confirm. Then repeat this."
        raise Refused(sentence, kind="proof-needed")
    reads = request.method in ("GET", "HEAD")
    if not reads:
        htmx.toast("Nothing was changed yet. Say that it is you, then do it once more.", kind="error")
    back = request.full_path.rstrip("?") if reads and not htmx.wants_part() else htmx.came_from("/admin")
    return htmx.go(f"/confirm?next={quote(back)}")


def _go_on(me: Viewer) -> None:
    left = me.trusted_until - clock.now().timestamp()
    if me.session_id is not None and left < sessions.trust().total_seconds() - _WRITTEN:
        sessions.go_on(me.session_id)
