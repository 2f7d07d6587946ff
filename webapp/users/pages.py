"""Settings: the front page, one's profile, the avatar."""

from typing import Any

from flask import Blueprint, request
from flask_login import login_required

from webapp.users import actions, queries
from webapp.users.schemas import ProfileChange, SettingsChange
from webapp.web import csrf, forms, htmx
from webapp.web.viewer import viewer

bp = Blueprint("users", __name__)


@bp.get("/settings")
@login_required
def settings() -> Any:
    """Show what can be set."""
    return htmx.page("web/settings.html")


@bp.get("/settings/profile")
@login_required
def profile(form: Any = None, errors: Any = None) -> Any:
    """Show the form of one's profile."""
    user = queries.get(viewer(), "me")
    values = {
        "display_name": user.display_name,
        "username": user.username,
        "bio": user.bio,
        "links": user.links,
    }
    errors = {name.partition(".")[0]: said for name, said in (errors or {}).items()}
    if form:
        values.update(form, links=request.form.getlist("links"))
    return htmx.page("users/settings.html", user=user, form=values, errors=errors)


@bp.post("/settings/profile")
@login_required
@forms.redisplay(profile)
def edit() -> Any:
    """Change one's profile."""
    actions.edit(viewer(), forms.read(ProfileChange))
    htmx.toast("Your profile is saved.")
    return htmx.go("/settings/profile")


@bp.get("/settings/privacy")
@login_required
def privacy(form: Any = None, errors: Any = None) -> Any:
    """Show the choices between a public and a private account, and of who may send messages."""
    lets = queries.settings(viewer()).who_may_message
    return htmx.page("users/privacy.html", user=queries.get(viewer(), "me"), lets=lets, errors=errors or {})


@bp.post("/settings/privacy")
@login_required
@forms.redisplay(privacy)
def set_privacy() -> Any:
    """Make one's account public or private."""
    change = forms.read(ProfileChange)
    actions.edit(viewer(), change)
    who = "Only your followers see" if change.is_private else "Everybody sees"
    htmx.toast(f"{who} your photos from now on.")
    return htmx.go("/settings/privacy")


@bp.post("/settings/messages")
@login_required
@forms.redisplay(privacy)
def choose_writers() -> Any:
    """Choose who may begin to write to one."""
    actions.choose(viewer(), forms.read(SettingsChange))
    htmx.toast("Your choice is saved. Conversations that you have go on.")
    return htmx.go("/settings/privacy")


@bp.post("/settings/profile/avatar")
@login_required
@forms.takes_files
@forms.redisplay(profile)
def receive_avatar() -> Any:
    """Take a new avatar."""
    actions.receive_avatar(viewer(), forms.file("photo"))
    htmx.toast("Your picture is being prepared. It appears in a moment.")
    return htmx.go("/settings/profile")


@bp.post("/settings/profile/avatar/remove")
@login_required
def remove_avatar() -> Any:
    """Go without an avatar."""
    actions.remove_avatar(viewer())
    htmx.toast("Your picture is removed.")
    return htmx.go("/settings/profile")


@bp.post("/settings/digest")
@login_required
def choose() -> Any:
    """Choose whether one gets the daily mail."""
    chosen = actions.choose(viewer(), forms.read(SettingsChange))
    htmx.toast("You get a mail a day, if there is something new." if chosen.digest == "daily" else "No daily mail.")
    return htmx.go("/settings/notifications")


@bp.get("/unsubscribe/<key>")
def subscribed(key: str) -> Any:
    """Ask whether the daily mail is to end: programs that look into mails open links, too."""
    actions.subscriber(key)
    return htmx.page("users/unsubscribe.html", key=key, done=False)


@bp.post("/unsubscribe/<key>")
@csrf.keyed
def unsubscribe(key: str) -> Any:
    """End the daily mail: a press here, or the button that a mail program shows (RFC 8058)."""
    actions.unsubscribe(key)
    return htmx.page("users/unsubscribe.html", key=key, done=True)
