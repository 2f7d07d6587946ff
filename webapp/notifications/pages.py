"""The list of notifications, and the choice of what one is told."""

from typing import Any

from flask import Blueprint
from flask_login import login_required

from webapp.core import push as core_push
from webapp.core.page import Ask
from webapp.graph import queries as graph_queries
from webapp.notifications import actions, push, queries
from webapp.notifications.schemas import Asked, ChoicesForm
from webapp.users import queries as user_queries
from webapp.web import forms, htmx, replicas
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = Blueprint("notifications", __name__)


@bp.get("/notifications")
@login_required
def listed() -> Any:
    """Show what one is told."""
    asked = forms.query(Asked, only=True)
    waiting = None if htmx.wants_part() else graph_queries.asking(viewer())
    page = queries.listed(viewer(), Ask(asked.limit, asked.cursor), unread=asked.unread)
    return htmx.listing(
        "notifications/list.html",
        "notifications/_items.html",
        page,
        "told",
        unread=asked.unread,
        waiting=waiting() if waiting else 0,
    )


@bp.post("/notifications/<notification_id>/read")
@login_required
@replicas.theirs_alone
def read(notification_id: str) -> Any:
    """Open a notification: note that it is read, and go where it leads."""
    return htmx.go(actions.read(viewer(), identity(notification_id)).path)


@bp.post("/notifications/read-all")
@login_required
@replicas.theirs_alone
def read_all() -> Any:
    """Note that one has read everything."""
    actions.read_all(viewer())
    return htmx.go("/notifications")


@bp.get("/settings/notifications")
@login_required
def settings(form: Any = None, errors: Any = None) -> Any:
    """Show the choice of what one is told."""
    chosen, digest = queries.settings(viewer()), user_queries.settings(viewer()).digest
    devices, key = push.mine(viewer()), core_push.public_key()
    return htmx.page(
        "notifications/settings.html", chosen=chosen, digest=digest, devices=devices, key=key, errors=errors or {}
    )


@bp.post("/settings/notifications")
@login_required
@forms.redisplay(settings)
def choose() -> Any:
    """Choose what one is told."""
    asked = forms.read(ChoicesForm)
    actions.choose(viewer(), asked.wanted(), asked.pushed(), content=asked.message_content)
    htmx.toast("Your choice is saved.")
    return htmx.go("/settings/notifications")


@bp.post("/settings/notifications/devices/<subscription_id>/remove")
@login_required
def remove_device(subscription_id: str) -> Any:
    """Push to a device no more."""
    push.remove(viewer(), identity(subscription_id))
    htmx.toast("That device gets no more pushes.")
    return htmx.go("/settings/notifications")
