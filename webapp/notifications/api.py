"""Notifications over JSON."""

from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.core.page import Ask
from webapp.notifications import actions, queries, shapes
from webapp.notifications.schemas import Asked, ChoicesChange
from webapp.web import forms, json
from webapp.web.openapi import describe
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = APIBlueprint("notifications_api", __name__, tag="notifications")


@bp.get("/notifications")
@login_required
@describe(shapes.Notification, many=True, query=Asked)
def listed() -> Response:
    """List what one is told, the newest first; `unread=true` leaves out what has been read."""
    asked = forms.query(Asked)
    return json.listing(queries.listed(viewer(), Ask(asked.limit, asked.cursor), unread=asked.unread))


@bp.get("/notifications/count")
@login_required
@describe(shapes.NotificationCount)
def count() -> Response:
    """Count what one has not read."""
    return json.answer(queries.count(viewer()))


@bp.post("/notifications/<notification_id>/read")
@login_required
@describe(shapes.Notification)
def read(notification_id: str) -> Response:
    """Note that one has read a notification."""
    return json.answer(actions.read(viewer(), identity(notification_id)))


@bp.post("/notifications/read-all")
@login_required
@describe(shapes.NotificationCount)
def read_all() -> Response:
    """Note that one has read everything."""
    return json.answer(actions.read_all(viewer()))


@bp.get("/me/notification-settings")
@login_required
@describe(shapes.NotificationSettings)
def settings() -> Response:
    """Show what one wants to be told."""
    return json.answer(queries.settings(viewer()))


@bp.put("/me/notification-settings")
@login_required
@describe(shapes.NotificationSettings, body=ChoicesChange)
def choose() -> Response:
    """Choose what one wants to be told; types that are left out stay."""
    return json.answer(actions.choose(viewer(), forms.read(ChoicesChange).app()))
