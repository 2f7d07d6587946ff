"""A person's pages."""

from typing import Any

from flask import Blueprint

from webapp.comments.shapes import previews
from webapp.core.page import Page
from webapp.feed import reasons
from webapp.posts import cards
from webapp.posts import queries as posts
from webapp.profiles import queries
from webapp.users import queries as users
from webapp.web import forms, htmx
from webapp.web.viewer import viewer

bp = Blueprint("profiles", __name__)


@bp.get("/@<username>/tagged")
def showing(username: str) -> Any:
    """Show the posts in which a person is tagged."""
    user = users.get(viewer(), username)
    page = posts.showing(viewer(), user, forms.ask())
    return htmx.listing("profiles/tagged.html", "posts/_grid.html", page, "grid", user=user, hidden=False)


@bp.get("/@<username>")
def show(username: str) -> Any:
    """Show a person and a grid of posts; an old name leads to the new one."""
    user = users.get(viewer(), username)
    if username.lower() != user.username:
        return htmx.go(f"/@{user.username}")
    page = queries.grid(viewer(), user, forms.ask())
    return htmx.listing(
        "profiles/show.html", "posts/_grid.html", page or Page([], None), "grid", user=user, hidden=page is None
    )


@bp.get("/@<username>/timeline")
def timeline(username: str) -> Any:
    """Show what a person posted and passed on, the last done first."""
    me, ask = viewer(), forms.ask()
    user = users.get(me, username)
    page = queries.timeline(me, user, ask)
    shown = (page or Page([], None)).map(
        lambda rows: cards.drawn(me, rows, previews, reasons.line, eager=ask.cursor is None)
    )
    return htmx.listing(
        "profiles/timeline.html", "feed/_items.html", shown, "feed", drawn=shown.items, user=user, hidden=page is None
    )
