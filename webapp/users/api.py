"""Profiles over JSON."""

from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.users import actions, eyes, queries, shapes
from webapp.users.schemas import AvatarChoice, ProfileChange, SettingsChange, ViewAs
from webapp.web import forms, json
from webapp.web.openapi import describe
from webapp.web.viewer import viewer

bp = APIBlueprint("users_api", __name__, tag="users")


@bp.get("/users/<username>")
@describe(shapes.User, query=ViewAs)
def show(username: str) -> Response:
    """Show a person, by user name or id; oneself (`me`) also as others see one."""
    view_as = forms.query(ViewAs).view_as if username == "me" and viewer().is_authenticated else None
    return json.answer(eyes.seen_as(viewer(), view_as) if view_as else queries.get(viewer(), username))


@bp.patch("/users/me")
@login_required
@describe(shapes.User, body=ProfileChange)
def edit() -> Response:
    """Change one's own profile."""
    actions.edit(viewer(), forms.read(ProfileChange))
    return json.answer(queries.get(viewer(), "me"))


@bp.put("/users/me/avatar")
@login_required
@describe(shapes.User, body=AvatarChoice)
def set_avatar() -> Response:
    """Choose one's avatar."""
    return json.answer(actions.set_avatar(viewer(), forms.read(AvatarChoice).media_id))


@bp.post("/users/me/avatar")
@login_required
@forms.takes_files
@describe(shapes.User, status=202)
def receive_avatar() -> Response:
    """Send one's avatar as a multipart form (file `photo`)."""
    actions.receive_avatar(viewer(), forms.file("photo"))
    return json.answer(queries.get(viewer(), "me"), 202)


@bp.delete("/users/me/avatar")
@login_required
@describe(status=204)
def remove_avatar() -> Response:
    """Go without an avatar."""
    actions.remove_avatar(viewer())
    return json.nothing()


@bp.get("/me/settings")
@login_required
@describe(shapes.UserSettings)
def settings() -> Response:
    """Show what one chose for oneself."""
    return json.answer(queries.settings(viewer()))


@bp.put("/me/settings")
@login_required
@describe(shapes.UserSettings, body=SettingsChange)
def choose() -> Response:
    """Change one's settings; what is left out stays."""
    return json.answer(actions.choose(viewer(), forms.read(SettingsChange)))
