"""A person's page."""

from typing import Any

from flask import Blueprint

from webapp.core.errors import NotFound
from webapp.posts import queries as post_queries
from webapp.users import queries
from webapp.web import forms, htmx
from webapp.web.viewer import viewer

bp = Blueprint("profiles", __name__)


@bp.get("/@<username>")
def show(username: str) -> Any:
    """Show a person and a grid of posts; an old name leads to the new one."""
    try:
        user = queries.get(viewer(), username)
    except NotFound:
        now = queries.moved(username)
        if now is None:
            raise
        return htmx.go(f"/@{now}")
    page = post_queries.by(viewer(), username, forms.ask())
    return htmx.listing("profiles/show.html", "posts/_grid.html", page, "grid", user=user)
