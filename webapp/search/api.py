"""The search over JSON."""

from apiflask import APIBlueprint
from flask import Response

from webapp.core.errors import Refused
from webapp.core.page import Ask
from webapp.posts import tags
from webapp.posts.shapes import Post
from webapp.search import queries
from webapp.search.schemas import PostSearch, Search
from webapp.users.shapes import User
from webapp.web import forms, json, limits, replicas
from webapp.web.openapi import describe
from webapp.web.viewer import viewer

bp = APIBlueprint("search_api", __name__, tag="search")


@bp.get("/search/users")
@limits.on("search")
@replicas.may_lag
@describe(User, many=True, query=Search)
def people() -> Response:
    """Find people by their names, the likeliest first."""
    asked = forms.query(Search)
    return json.listing(queries.people(viewer(), asked.q, Ask(asked.limit, asked.cursor)))


@bp.get("/search/posts")
@limits.on("search")
@replicas.may_lag
@describe(Post, many=True, query=PostSearch)
def posts() -> Response:
    """Find posts by caption, hashtags, place and descriptions, the newest first."""
    asked = forms.query(PostSearch)
    if asked.scope != "all" and viewer().is_visitor:
        raise Refused("Sign in to search your own and your saved posts.", status=401)
    return json.listing(queries.posts_with(viewer(), asked.q, asked.scope, Ask(asked.limit, asked.cursor)))


@bp.get("/search/tags")
@limits.on("search")
@replicas.may_lag
@describe(tags.Tag, many=True, query=Search)
def hashtags() -> Response:
    """Find hashtags by their beginning."""
    asked = forms.query(Search)
    return json.listing(tags.beginning(viewer(), asked.q, Ask(asked.limit, asked.cursor)))
