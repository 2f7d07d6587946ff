"""The graph over JSON."""

from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.graph import actions, queries
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
