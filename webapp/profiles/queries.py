"""Reads of a person's page."""

from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page
from webapp.posts import queries as post_queries
from webapp.posts.shapes import Post
from webapp.users.shapes import User
from webapp.visibility import Viewer


def grid(viewer: Viewer, user: User, ask: Ask) -> tuple[Page[Post], bool]:
    """Return a person's posts, and whether they are hidden: a private account shows strangers its header alone."""
    try:
        return post_queries.by(viewer, user.username, ask), False
    except NotFound:
        return Page([], None), True
