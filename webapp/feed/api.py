"""The feed over JSON."""

from apiflask import APIBlueprint
from flask import Response

from webapp.core.errors import Refused
from webapp.core.page import Ask
from webapp.feed import queries
from webapp.feed.schemas import FeedQuery
from webapp.posts.shapes import Activity
from webapp.users import queries as users
from webapp.web import forms, json, limits
from webapp.web.openapi import describe
from webapp.web.viewer import viewer

bp = APIBlueprint("feed_api", __name__, tag="feed")


@bp.get("/feed")
@limits.on("feed")
@describe(Activity, many=True, query=FeedQuery)
def index() -> Response:
    """List a feed's entries, the newest first."""
    asked = forms.query(FeedQuery)
    ask = Ask(asked.limit, asked.cursor)
    view = asked.view or ("public" if viewer().is_visitor else "following")
    if view == "public":
        return json.listing(queries.public(viewer(), ask))
    if viewer().is_visitor:
        raise Refused("Sign in to see whom you follow.", status=401)
    return json.listing(queries.following(viewer(), ask))


@bp.get("/users/<username>/timeline")
@describe(Activity, many=True)
def timeline(username: str) -> Response:
    """List a person's posts and reposts, the last done first."""
    return json.listing(queries.timeline(viewer(), users.get(viewer(), username), forms.ask()))
