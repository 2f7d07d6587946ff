"""Followers, following, requests, and the follow button."""

from typing import Any

from flask import Blueprint
from flask_login import login_required

from webapp.graph import actions, circles, queries, suggestions
from webapp.graph.schemas import MuteChoice
from webapp.users import queries as user_queries
from webapp.users.shapes import User
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
    return _back(user, f"@{user.username} is not blocked any more. Neither of you follows the other.")


@bp.get("/@<username>/mute")
@login_required
def choose_mute(username: str, form: Any = None, errors: Any = None) -> Any:
    """Ask for how long to mute a person."""
    user = user_queries.get(viewer(), username)
    return htmx.page("graph/mute.html", user=user, form=form or {}, errors=errors or {})


@bp.post("/@<username>/mute")
@login_required
@forms.redisplay(choose_mute)
def mute(username: str) -> Any:
    """Mute a person: keep them out of one's feeds and notifications."""
    user = circles.mute(viewer(), username, forms.read(MuteChoice))
    htmx.toast(f"@{user.username} is muted. They are not told.", undo=f"/@{user.username}/unmute")
    return htmx.go(f"/@{user.username}")


@bp.post("/@<username>/unmute")
@login_required
def unmute(username: str) -> Any:
    """Unmute a person."""
    user = circles.unmute(viewer(), username)
    return _back(user, f"You see what @{user.username} posts again.")


@bp.post("/@<username>/restrict")
@login_required
def restrict(username: str) -> Any:
    """Restrict a person: their comments on one's posts wait until one approves them."""
    user = circles.restrict(viewer(), username)
    said = f"What @{user.username} comments on your posts waits for you from now on. They are not told."
    return _back(user, said, undo=f"/@{user.username}/unrestrict")


@bp.post("/@<username>/unrestrict")
@login_required
def unrestrict(username: str) -> Any:
    """Lift a restriction: the person comments as everybody does."""
    user = circles.unrestrict(viewer(), username)
    return _back(user, f"@{user.username} can comment on your posts as everybody does.")


@bp.post("/@<username>/close-friend")
@login_required
def add_close_friend(username: str) -> Any:
    """Add a person to one's close friends."""
    user = circles.add_close_friend(viewer(), username)
    return _back(user, f"@{user.username} is among your close friends.", undo=f"/@{user.username}/close-friend/remove")


@bp.post("/@<username>/close-friend/remove")
@login_required
def remove_close_friend(username: str) -> Any:
    """Remove a person from one's close friends."""
    user = circles.remove_close_friend(viewer(), username)
    return _back(user, f"@{user.username} is not among your close friends any more.")


def _back(user: User, said: str, undo: str = "") -> Any:
    """Lead back to where the form was, and say what happened."""
    htmx.toast(said, undo=undo)
    return htmx.go(htmx.came_from(f"/@{user.username}"))


@bp.get("/settings/blocks", defaults={"which": "blocks"})
@bp.get("/settings/mutes", defaults={"which": "mutes"})
@bp.get("/settings/restricted", defaults={"which": "restricted"})
@bp.get("/settings/close-friends", defaults={"which": "close-friends"})
@login_required
def circle(which: str) -> Any:
    """Show whom one blocked, muted, restricted or made a close friend."""
    page = queries.circle(viewer(), which, forms.ask())
    return htmx.listing("graph/circle.html", "graph/_circle.html", page, "people", which=which)


@bp.get("/suggestions")
@login_required
def suggest() -> Any:
    """Show whom one might follow; htmx gets a few for the margin of a page."""
    if htmx.wants_part():
        return htmx.page("graph/_suggestions.html", people=suggestions.find(viewer(), 5))
    return htmx.page("graph/suggestions.html", people=suggestions.find(viewer(), 30))


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
