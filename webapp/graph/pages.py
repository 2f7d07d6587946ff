"""Followers, following, requests, and the follow button."""

from typing import Any

from flask import Blueprint
from flask_login import login_required

from webapp.graph import actions, queries
from webapp.users import queries as user_queries
from webapp.web import forms, htmx, limits
from webapp.web.viewer import viewer

bp = Blueprint("graph", __name__)


@bp.get("/@<username>/followers", defaults={"which": "followers"})
@bp.get("/@<username>/following", defaults={"which": "following"})
def people(username: str, which: str) -> Any:
    """Show who follows a person, or whom the person follows."""
    user = user_queries.get(viewer(), username)
    page = queries.people(viewer(), username, which, forms.ask())
    mine = which == "followers" and user.id == viewer().id
    return htmx.listing(
        "graph/people.html", "users/_items.html", page, "people", user=user, which=which, removable=mine
    )


@bp.post("/@<username>/follow")
@login_required
@limits.on("follows")
def follow(username: str) -> Any:
    """Follow a person."""
    return htmx.part("graph/_follow.html", htmx.came_from(f"/@{username}"), user=actions.follow(viewer(), username))


@bp.post("/@<username>/unfollow")
@login_required
def unfollow(username: str) -> Any:
    """Stop following a person."""
    return htmx.part("graph/_follow.html", htmx.came_from(f"/@{username}"), user=actions.unfollow(viewer(), username))


@bp.post("/@<username>/remove")
@login_required
def remove_follower(username: str) -> Any:
    """Let a person follow one no longer."""
    me, user = viewer(), actions.remove_follower(viewer(), username)
    back = f"/@{me.username}/followers"
    return htmx.part("graph/_removed.html", back, f"@{user.username} does not follow you any more.", user=user)


@bp.post("/@<username>/block")
@login_required
def block(username: str) -> Any:
    """Have nothing to do with a person from now on."""
    user = actions.block(viewer(), username)
    htmx.toast(
        f"@{user.username} is blocked: you don't find each other here any more.", undo=f"/@{user.username}/unblock"
    )
    return htmx.go("/")


@bp.post("/@<username>/unblock")
@login_required
def unblock(username: str) -> Any:
    """Take a block back."""
    user = actions.unblock(viewer(), username)
    htmx.toast(f"@{user.username} is not blocked any more. Neither of you follows the other.")
    return htmx.go(htmx.came_from("/settings/blocks"))


@bp.get("/settings/blocks")
@login_required
def blocked() -> Any:
    """Show whom one blocked."""
    page = queries.blocked(viewer(), forms.ask())
    return htmx.listing("graph/blocks.html", "graph/_blocked.html", page, "people")


@bp.get("/requests")
@login_required
def requests() -> Any:
    """Show who asks to follow oneself."""
    page = queries.requests(viewer(), forms.ask())
    return htmx.listing("graph/requests.html", "graph/_requests.html", page, "people")


@bp.post("/requests/<username>/accept")
@login_required
def accept(username: str) -> Any:
    """Let a person follow who asked for it."""
    user = actions.accept(viewer(), username)
    return htmx.part("graph/_answered.html", "/requests", f"@{user.username} follows you now.", user=user, yes=True)


@bp.post("/requests/<username>/decline")
@login_required
def decline(username: str) -> Any:
    """Turn a wish to follow down."""
    user = user_queries.get(viewer(), username)
    actions.decline(viewer(), username)
    return htmx.part("graph/_answered.html", "/requests", f"@{user.username} was declined.", user=user, yes=False)


@bp.post("/requests/accept-all")
@login_required
def accept_all() -> Any:
    """Let everybody follow who asked for it."""
    count = actions.accept_all(viewer())
    htmx.toast("One person follows you now." if count == 1 else f"{count} people follow you now.")
    return htmx.go("/requests")
