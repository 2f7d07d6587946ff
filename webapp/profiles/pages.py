"""A person's pages."""

from typing import Any

from flask import Blueprint
from flask_login import login_required

from webapp.comments.shapes import previews
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page
from webapp.feed import reasons
from webapp.posts import cards
from webapp.posts import queries as posts
from webapp.profiles import queries
from webapp.profiles.schemas import SeenAs
from webapp.users import eyes
from webapp.users import queries as users
from webapp.web import forms, htmx
from webapp.web.viewer import viewer

bp = Blueprint("profiles", __name__)


@bp.get("/@<username>/tagged")
def showing(username: str) -> Any:
    """Show the posts in which a person is tagged."""
    user = users.get(viewer(), username)
    page = posts.showing(viewer(), user, forms.ask(), posts.GRID)
    return htmx.listing("profiles/tagged.html", "posts/_grid.html", page, "grid", user=user, hidden=False)


@bp.get("/@<username>")
def show(username: str) -> Any:
    """Show a person and a grid of posts; an old name leads to the new one."""
    user = users.get(viewer(), username)
    if username.lower() != user.username:
        return htmx.go(f"/@{user.username}")
    stories = queries.stories(viewer(), user)
    page = queries.front(viewer(), user, forms.ask())
    return htmx.listing(
        "profiles/show.html", "posts/_grid.html", page or Page([], None), "grid", user=user, hidden=page is None,
        stories=stories(),
    )  # fmt: skip


@bp.get("/@<username>/as")
@login_required
def view_as(username: str) -> Any:
    """Show one's own profile as others see it; another's is not shown so."""
    me, asked = viewer(), forms.query(SeenAs)
    chosen = asked.view_as
    if users.get(me, username).id != me.id:
        raise NotFound
    try:
        user = eyes.seen_as(me, chosen)
    except NotFound as error:
        return htmx.page("profiles/as.html", user=None, chosen=chosen, said=error.sentence, page=Page([], None))
    page = queries.grid(eyes.sight(me, chosen), user, Ask(asked.limit, asked.cursor))
    return htmx.listing(
        "profiles/as.html", "posts/_grid.html", page or Page([], None), "grid",
        user=user, hidden=page is None, chosen=chosen,
    )  # fmt: skip


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
