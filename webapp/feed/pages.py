"""The front page."""

from typing import Any

from flask import Blueprint, request

from webapp.comments.shapes import previews
from webapp.feed import queries, reasons
from webapp.posts import cards
from webapp.web import forms, htmx, limits
from webapp.web.viewer import viewer

bp = Blueprint("feed", __name__)


@bp.get("/")
@limits.on("feed")
def index() -> Any:
    """Show the feed: of whom one follows, or of everybody."""
    me, ask = viewer(), forms.ask()
    view = "public" if me.is_visitor or request.args.get("view") == "public" else "following"
    front = queries.front(me, view, ask)
    page = front.page.map(lambda shown: cards.drawn(me, shown, previews, reasons.line, eager=ask.cursor is None))
    return htmx.listing(
        "feed/index.html", "feed/_items.html", page, "feed", "You are all caught up.",
        drawn=page.items, view=view, pending=front.pending,
    )  # fmt: skip
