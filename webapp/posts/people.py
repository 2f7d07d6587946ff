"""Who is in a post: tagged by its author, told of it, and free to take themselves off for good."""

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, outbox
from webapp.core.errors import Invalid
from webapp.models import Post, PostPerson
from webapp.posts import queries
from webapp.users import queries as user_queries
from webapp.visibility import Viewer

table = PostPerson.__table__
posts = Post.__table__


def tag(viewer: Viewer, post_id: uuid.UUID, names: Sequence[str]) -> bool:
    """Let exactly these people be tagged in a post that the caller has locked. Tells whether that changed anything."""
    wanted = _found(viewer, names)
    rows = db.rows(select(table.c.user_id, table.c.declined).where(table.c.post_id == post_id))
    declined = {row.user_id for row in rows if row.declined}
    unwilling = [name for name, person in wanted.items() if person in declined]
    if unwilling:
        raise Invalid({"tagged": [f"{unwilling[0]} does not want to be tagged in this post. Leave the name out."]})
    # who is hidden from the author just now stands in no form, and stays
    there = user_queries.present_among(viewer, [row.user_id for row in rows])
    before, after = there - declined, set(wanted.values())
    if before - after:
        gone = delete(table).where(table.c.post_id == post_id, table.c.user_id.in_(before - after))
        db.execute(gone)
    for person in sorted(after - before):
        made = insert(table).values(post_id=post_id, user_id=person, created_at=clock.now())
        db.execute(made.on_conflict_do_nothing())
    return before != after


def _found(viewer: Viewer, names: Sequence[str]) -> dict[str, uuid.UUID]:
    found = user_queries.known(viewer, names)
    missing = [name for name in names if name not in found]
    if missing:
        raise Invalid({"tagged": [f"There is nobody called {missing[0]} here. Check the username."]})
    return found


def anybody(post_id: uuid.UUID) -> bool:
    """Tell whether somebody is tagged in a post."""
    return db.row(select(table.c.user_id).where(table.c.post_id == post_id, ~table.c.declined).limit(1)) is not None


def leave(viewer: Viewer, post_id: uuid.UUID) -> None:
    """Take oneself off a post, seen or not; twice is once. NotFound if there is neither a tag nor a post to see."""
    mine = (table.c.post_id == post_id, table.c.user_id == viewer.id)
    author = select(posts.c.author_id).where(posts.c.id == post_id).with_for_update(**db.LOCK)
    found = db.row(author)
    left = db.row(update(table).where(*mine, ~table.c.declined).values(declined=True).returning(table.c.post_id))
    if found is None or left is None:
        queries.get(viewer, post_id)
        return
    db.execute(update(posts).where(posts.c.id == post_id).values(edited_at=posts.c.edited_at))  # see `cards`
    outbox.enqueue("jobs.notifications.withdraw", "tags", found.author_id, post_id)
