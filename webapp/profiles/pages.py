"""A person's page."""

from typing import Any

from flask import Blueprint

from webapp.core.errors import NotFound
from webapp.profiles import queries
from webapp.users import queries as users
from webapp.web import forms, htmx
from webapp.web.viewer import viewer

bp = Blueprint("profiles", __name__)


@bp.get("/@<username>")
def show(username: str) -> Any:
    """Show a person and a grid of posts; an old name leads to the new one."""
    try:
        user = users.get(viewer(), username)
    except NotFound:
        now = users.moved(username)
        if now is None:
            raise
        return htmx.go(f"/@{now}")
    page, hidden = queries.grid(viewer(), user, forms.ask())
    return htmx.listing("profiles/show.html", "posts/_grid.html", page, "grid", user=user, hidden=hidden)
