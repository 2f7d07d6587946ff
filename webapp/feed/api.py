"""The feed over JSON."""

from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.core.errors import Refused
from webapp.core.page import Ask
from webapp.feed import entries, queries, snapshots
from webapp.feed.schemas import FeedQuery
from webapp.posts import queries as posts
from webapp.posts.shapes import Activity, Post
from webapp.users import queries as users
from webapp.web import forms, json, limits, replicas
from webapp.web.openapi import describe
from webapp.web.viewer import viewer

bp = APIBlueprint("feed_api", __name__, tag="feed")


@bp.get("/feed")
@limits.on("feed")
@replicas.may_lag
@describe(Activity, many=True, query=FeedQuery)
def index() -> Response:
    """List a feed's entries, the newest first; those of `for_you` as they are ranked, each with its reason."""
    asked = forms.query(FeedQuery)
    ask = Ask(asked.limit, asked.cursor)
    view = asked.view or ("public" if viewer().is_visitor else "following")
    if view == "public":
        return json.listing(entries.of(viewer(), posts.public(viewer(), ask, posts.NAMED)))
    if viewer().is_visitor:
        raise Refused("Sign in to see a feed of your own.", status=401)
    if view == "for_you":
        return _for_you(ask)
    return json.listing(entries.of(viewer(), queries.following(viewer(), ask)))


def _for_you(ask: Ask) -> Response:
    page = snapshots.page(viewer(), "for_you", ask, posts.named)
    return json.listing(entries.ranked(viewer(), page))


@bp.post("/feed/refresh")
@login_required
@limits.on("feed")
@describe(Activity, many=True)
def refresh() -> Response:
    """Rank `for_you` and `explore` anew, and list the beginning of `for_you`."""
    snapshots.forget(viewer())
    return _for_you(forms.ask())


@bp.get("/explore")
@limits.on("feed")
@replicas.may_lag
@describe(Post, many=True)
def explore() -> Response:
    """List public posts of people whom one does not follow, the highest ranked first."""
    return json.listing(queries.explore(viewer(), forms.ask(), posts.WHOLE))


@bp.get("/users/<username>/timeline")
@replicas.may_lag
@describe(Activity, many=True)
def timeline(username: str) -> Response:
    """List a person's posts and reposts, the last done first."""
    found = queries.timeline(viewer(), users.get(viewer(), username), forms.ask(), posts.named)
    return json.listing(entries.of(viewer(), found))
