"""The front page."""

from typing import Any

from flask import Blueprint, request

from webapp.comments import queries as comment_queries
from webapp.feed import queries
from webapp.posts import queries as post_queries
from webapp.web import forms, htmx, limits
from webapp.web.viewer import viewer

bp = Blueprint("feed", __name__)


@bp.get("/")
@limits.on("feed")
def index() -> Any:
    """Show the feed: of whom one follows, or of everybody."""
    me, ask = viewer(), forms.ask()
    view = "public" if me.is_visitor or request.args.get("view") == "public" else "following"
    page = queries.public(me, ask) if view == "public" else queries.following(me, ask)
    pending = post_queries.unfinished(me) if me.is_authenticated and ask.cursor is None else []
    previews = comment_queries.previews(me, [entry.post for entry in page.items])
    return htmx.listing(
        "feed/index.html", "feed/_items.html", page, "feed", "You are all caught up.",
        view=view, pending=pending, previews=previews,
    )  # fmt: skip
