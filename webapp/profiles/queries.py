"""Reads of a person's page. What is hidden from the viewer is None: the page shows the header alone."""

from collections.abc import Callable
from typing import Any

from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page
from webapp.feed import queries as feed_queries
from webapp.posts import queries as post_queries
from webapp.stories import highlights
from webapp.users.shapes import User
from webapp.visibility import Viewer


def grid(viewer: Viewer, user: User, ask: Ask) -> Page[Any] | None:
    """Return a person's posts."""
    try:
        return post_queries.by(viewer, user, ask, post_queries.GRID)
    except NotFound:
        return None


def front(viewer: Viewer, user: User, ask: Ask) -> Page[Any] | None:
    """Return a person's posts; at the beginning of one's own also those that moderators hold or took down."""
    page = grid(viewer, user, ask)
    if page is not None and ask.cursor is None and user.id == viewer.id:
        page.items[:0] = post_queries.withheld(viewer)
    return page


def timeline(viewer: Viewer, user: User, ask: Ask) -> Page[Any] | None:
    """Return glances at a person's posts and reposts."""
    try:
        return feed_queries.timeline(viewer, user, ask, feed_queries.glances)
    except NotFound:
        return None


def stories(viewer: Viewer, user: User) -> Callable[[], highlights.Shelf]:
    """Ask for whether there are stories of a person today, and the highlights, along with what is read next."""
    return highlights.shelf(viewer, user)
