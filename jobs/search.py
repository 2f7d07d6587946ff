"""Search: enter people and posts that were there before, or that something forgot, some at a time."""

import uuid
from collections.abc import Callable

from webapp.core import outbox
from webapp.posts import words as posts
from webapp.posts.queries import ALL
from webapp.users import words as users
from webapp.visibility import NOBODY

_AT_ONCE = 500


def fill_people(after: str = str(NOBODY)) -> Callable[[], None]:
    """Enter missing people, by their ids."""

    def effects() -> None:
        last = users.fill(uuid.UUID(after), _AT_ONCE)
        if last is not None:
            outbox.enqueue("jobs.search.fill_people", last)

    return effects


def fill_posts(below: str = str(ALL)) -> Callable[[], None]:
    """Enter missing posts, the newest first."""

    def effects() -> None:
        last = posts.fill(int(below), _AT_ONCE)
        if last is not None:
            outbox.enqueue("jobs.search.fill_posts", last)

    return effects
