"""A person's page."""

from typing import Any

from flask import Blueprint

from webapp.profiles import queries
from webapp.users import queries as users
from webapp.web import forms, htmx
from webapp.web.viewer import viewer

bp = Blueprint("profiles", __name__)


@bp.get("/@<username>")
def show(username: str) -> Any:
    """Show a person and a grid of posts; an old name leads to the new one."""
    user = users.get(viewer(), username)
    if username.lower() != user.username:
        return htmx.go(f"/@{user.username}")
    page, hidden = queries.grid(viewer(), user, forms.ask())
    return htmx.listing("profiles/show.html", "posts/_grid.html", page, "grid", user=user, hidden=hidden)
