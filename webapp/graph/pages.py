"""Followers, following, and the follow button."""

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
    return htmx.listing("graph/people.html", "users/_items.html", page, "people", user=user, which=which)


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
