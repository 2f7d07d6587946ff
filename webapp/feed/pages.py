"""The front page and what can be explored."""

from typing import Any

from flask import Blueprint, request
from flask_login import login_required

from webapp.comments.shapes import previews
from webapp.core.page import Ask
from webapp.feed import queries, reasons, snapshots
from webapp.posts import cards
from webapp.posts import queries as posts
from webapp.visibility import Viewer
from webapp.web import forms, htmx, limits, replicas
from webapp.web.viewer import viewer

bp = Blueprint("feed", __name__)


@bp.get("/")
@limits.on("feed")
@replicas.may_lag
def index() -> Any:
    """Show the feed: of whom one follows, what is ranked for oneself, or everybody's."""
    me, ask = viewer(), forms.ask()
    if not me.is_visitor and request.args.get("view") == "for_you":
        return _for_you(me, ask)
    view = "public" if me.is_visitor or request.args.get("view") == "public" else "following"
    front = queries.front(me, view, ask)
    page = front.page.map(lambda shown: cards.drawn(me, shown, previews, reasons.line, eager=ask.cursor is None))
    return htmx.listing(
        "feed/index.html", "feed/_items.html", page, "feed", "You are all caught up.",
        drawn=page.items, view=view, pending=front.pending, newest=front.newest, row=front.row,
    )  # fmt: skip


@bp.get("/feed/new")
@login_required
@replicas.may_lag
def news() -> Any:
    """Say how many posts have come since the newest on the page; nothing if none."""
    newest = request.args.get("newest", "")
    return htmx.page("feed/_new.html", count=queries.news(viewer(), newest), newest=newest)


def _for_you(me: Viewer, ask: Ask) -> Any:
    page = snapshots.page(me, "for_you", ask, queries.glances)
    said = {one.row.id: one.entry.because for one in page.items}

    def drawn(shown: list[snapshots.Shown]) -> list[bytes]:
        rows = [one.row for one in shown]
        return cards.drawn(me, rows, previews, lambda row: reasons.why(said[row.id]), eager=ask.cursor is None)

    page = page.map(drawn)
    return htmx.listing(
        "feed/index.html", "feed/_items.html", page, "feed", "That is all for now.",
        drawn=page.items, view="for_you", pending=[], row=None,
    )  # fmt: skip


@bp.post("/feed/refresh")
@login_required
@limits.on("feed")
def refresh() -> Any:
    """Rank anew what is ranked for oneself."""
    snapshots.forget(viewer())
    return htmx.go("/?view=for_you")


@bp.get("/explore")
@limits.on("feed")
@replicas.may_lag
def explore() -> Any:
    """Show public photos of people whom one does not follow, the highest ranked first."""
    page = queries.explore(viewer(), forms.ask(), posts.GRID)
    return htmx.listing("feed/explore.html", "posts/_grid.html", page, "grid", "That is all for now.")
