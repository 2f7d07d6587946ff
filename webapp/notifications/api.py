"""Notifications over JSON."""

from apiflask import APIBlueprint
from flask import Response, request
from flask_login import login_required

from webapp.core import page
from webapp.core import push as core_push
from webapp.core.page import Ask
from webapp.notifications import actions, push, queries, shapes
from webapp.notifications.schemas import Asked, ChoicesChange, NewPushSubscription, OldPushSubscription
from webapp.web import forms, json, replicas
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
@replicas.theirs_alone
def read(notification_id: str) -> Response:
    """Note that one has read a notification."""
    return json.answer(actions.read(viewer(), identity(notification_id)))


@bp.post("/notifications/read-all")
@login_required
@describe(shapes.NotificationCount)
@replicas.theirs_alone
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
    """Choose what one wants to be told and pushed; what is left out stays."""
    asked = forms.read(ChoicesChange)
    return json.answer(actions.choose(viewer(), asked.app(), asked.push(), content=asked.content()))


@bp.get("/push/key")
@describe(shapes.PushKey)
def push_key() -> Response:
    """Show the key by which browsers know this site's pushes."""
    return json.answer(shapes.PushKey(core_push.public_key() or None))


@bp.get("/push/subscriptions")
@login_required
@describe(shapes.PushSubscription, many=True)
def pushed_to() -> Response:
    """List the devices to which is pushed."""
    return json.listing(page.whole(push.mine(viewer()), forms.ask(), "devices"))


@bp.post("/push/subscriptions")
@login_required
@describe(shapes.PushSubscription, status=201, body=NewPushSubscription)
def subscribe() -> Response:
    """Push to a browser (what its `PushSubscription.toJSON()` gives) until the session that asks ends."""
    asked = forms.read(NewPushSubscription)
    return json.answer(push.subscribe(viewer(), asked, request.user_agent.string), 201)


@bp.delete("/push/subscriptions")
@login_required
@describe(status=204, body=OldPushSubscription)
def unsubscribe() -> Response:
    """Push to a browser no more."""
    push.unsubscribe(viewer(), forms.read(OldPushSubscription).endpoint)
    return json.nothing()
