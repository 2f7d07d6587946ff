"""The graph over JSON."""

from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.core import page
from webapp.graph import actions, circles, queries, suggestions
from webapp.graph.schemas import MuteChoice
from webapp.graph.shapes import Admitted, Suggestion
from webapp.users.shapes import Relationship, User
from webapp.web import forms, json, limits
from webapp.web.openapi import describe
from webapp.web.viewer import viewer

bp = APIBlueprint("graph_api", __name__, tag="graph")


@bp.get("/users/<username>/followers")
@describe(User, many=True)
def followers(username: str) -> Response:
    """List who follows a person."""
    return json.listing(queries.people(viewer(), username, "followers", forms.ask()))


@bp.get("/users/<username>/following")
@describe(User, many=True)
def following(username: str) -> Response:
    """List whom a person follows."""
    return json.listing(queries.people(viewer(), username, "following", forms.ask()))


@bp.get("/users/<username>/relationship")
@login_required
@describe(Relationship)
def relationship(username: str) -> Response:
    """Tell how one stands to a person."""
    return json.answer(queries.relationship(viewer(), username))


@bp.post("/users/<username>/follow")
@login_required
@limits.on("follows")
@describe(User)
def follow(username: str) -> Response:
    """Follow a person."""
    return json.answer(actions.follow(viewer(), username))


@bp.delete("/users/<username>/follow")
@login_required
@describe(User)
def unfollow(username: str) -> Response:
    """Stop following a person."""
    return json.answer(actions.unfollow(viewer(), username))


@bp.post("/users/<username>/block")
@login_required
@describe(User)
def block(username: str) -> Response:
    """Have nothing to do with a person from now on."""
    return json.answer(actions.block(viewer(), username))


@bp.delete("/users/<username>/block")
@login_required
@describe(User)
def unblock(username: str) -> Response:
    """Take a block back."""
    return json.answer(actions.unblock(viewer(), username))


@bp.post("/users/<username>/mute")
@login_required
@describe(User, body=MuteChoice)
def mute(username: str) -> Response:
    """Mute a person: keep them out of one's feeds and notifications."""
    return json.answer(circles.mute(viewer(), username, forms.read(MuteChoice)))


@bp.delete("/users/<username>/mute")
@login_required
@describe(User)
def unmute(username: str) -> Response:
    """Unmute a person."""
    return json.answer(circles.unmute(viewer(), username))


@bp.post("/users/<username>/restrict")
@login_required
@describe(User)
def restrict(username: str) -> Response:
    """Restrict a person: their comments on one's posts wait until one approves them."""
    return json.answer(circles.restrict(viewer(), username))


@bp.delete("/users/<username>/restrict")
@login_required
@describe(User)
def unrestrict(username: str) -> Response:
    """Lift a restriction: the person comments as everybody does."""
    return json.answer(circles.unrestrict(viewer(), username))


@bp.post("/users/<username>/close-friend")
@login_required
@describe(User)
def add_close_friend(username: str) -> Response:
    """Add a person to one's close friends."""
    return json.answer(circles.add_close_friend(viewer(), username))


@bp.delete("/users/<username>/close-friend")
@login_required
@describe(User)
def remove_close_friend(username: str) -> Response:
    """Remove a person from one's close friends."""
    return json.answer(circles.remove_close_friend(viewer(), username))


@bp.get("/me/blocks", defaults={"which": "blocks"})
@bp.get("/me/mutes", defaults={"which": "mutes"})
@bp.get("/me/restricted", defaults={"which": "restricted"})
@bp.get("/me/close-friends", defaults={"which": "close-friends"})
@login_required
@describe(User, many=True)
def circle(which: str) -> Response:
    """List whom one blocked, muted, restricted or made a close friend."""
    return json.listing(queries.circle(viewer(), which, forms.ask()))


@bp.delete("/me/followers/<username>")
@login_required
@describe(status=204)
def remove_follower(username: str) -> Response:
    """Let a person follow one no longer."""
    actions.remove_follower(viewer(), username)
    return json.nothing()


@bp.get("/me/suggestions")
@login_required
@describe(Suggestion, many=True)
def suggest() -> Response:
    """List whom one might follow, and why: the best hundred."""
    return json.listing(page.whole(suggestions.find(viewer(), 100), forms.ask(), "suggestions"))


@bp.get("/me/follow-requests")
@login_required
@describe(User, many=True)
def requests() -> Response:
    """List who asks to follow oneself."""
    return json.listing(queries.requests(viewer(), forms.ask()))


@bp.post("/me/follow-requests/<username>/accept")
@login_required
@describe(User)
def accept(username: str) -> Response:
    """Let a person follow who asked for it."""
    return json.answer(actions.accept(viewer(), username))


@bp.post("/me/follow-requests/<username>/decline")
@login_required
@describe(status=204)
def decline(username: str) -> Response:
    """Turn a wish to follow down."""
    actions.decline(viewer(), username)
    return json.nothing()


@bp.post("/me/follow-requests/accept-all")
@login_required
@describe(Admitted)
def accept_all() -> Response:
    """Let everybody follow who asked for it, up to 500 at once."""
    return json.answer(Admitted(actions.accept_all(viewer())))


@bp.delete("/me/follow-requests/sent/<username>")
@login_required
@describe(status=204)
def take_back(username: str) -> Response:
    """Take the wish to follow a person back."""
    actions.unfollow(viewer(), username)
    return json.nothing()
