"""Erase an account whose days to think are over: everything of it, in steps that may stop and begin anew anywhere.

No job's row is written on the way, because such a row would be about the account. Objects are deleted before the rows
that name them. What is left in the end is a keyed hash of the user name, so that nobody takes it for a while.
"""

import uuid
from datetime import timedelta

from sqlalchemy import and_, delete, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.account import standing, states
from webapp.auth import guesses
from webapp.core import clock, db, mailer, outbox, retention, storage
from webapp.messages import clearing
from webapp.models import BlockedHash, Comment, Media, Post, RetiredName, User
from webapp.posts import words
from webapp.users import queries
from webapp.visibility import STANDING

_PHOTOS, _ROWS, _POSTS = 25, 1000, 20
_NAME_KEPT = timedelta(days=30)
users = User.__table__
comments = Comment.__table__
media = Media.__table__
posts = Post.__table__
retired = RetiredName.__table__
blocked = BlockedHash.__table__


def due() -> list[uuid.UUID]:
    """Return whose days are over, some of them."""
    chosen = and_(users.c.own_status == "leaving", users.c.delete_at <= clock.now())
    over = or_(users.c.status == "erasing", chosen, users.c.expelled_at <= clock.now())
    # all of them are hidden, and the index of the hidden is all but empty
    found = select(users.c.id).where(not_(STANDING), over).order_by(users.c.delete_at, users.c.expelled_at)
    return [row.id for row in db.rows(found.limit(20))]


def begin(user_id: uuid.UUID) -> bool:
    """Close the way back. False if the deletion was taken back at the last moment."""
    user = queries.row(user_id, lock=True)
    now = clock.now()
    chosen = user.own_status == "leaving" and user.delete_at is not None and user.delete_at <= now
    if user.status != "erasing" and (chosen or (user.expelled_at is not None and user.expelled_at <= now)):
        states.close(user)
    return user.status == "erasing"


def photos(user_id: uuid.UUID) -> list[Media]:
    """Return some of a person's photos."""
    return list(db.session().scalars(select(Media).where(media.c.owner_id == user_id).limit(_PHOTOS)))


def empty(found: list[Media]) -> None:
    """Delete all objects of these photos, in both buckets. May run twice."""
    here = storage.here()
    here.remove([key for photo in found for key in _private(photo)])
    here.unpublish([key for photo in found for key in photo.public_keys()])


def _private(photo: Media) -> list[str]:
    return [photo.incoming, photo.original, *photo.variant_keys()]


def forget_photos(found: list[Media]) -> None:
    """Delete the rows of photos whose objects are gone, and what the queue still says about them."""
    keys = [key for photo in found for key in (str(photo.id), *_private(photo), *photo.public_keys())]
    outbox.forget(keys)
    known = blocked.c.media_id.in_([photo.id for photo in found])
    db.execute(update(blocked).where(known).values(media_id=None))
    db.execute(delete(media).where(media.c.id.in_([photo.id for photo in found])))


def forget(user_id: uuid.UUID) -> bool:
    """Erase one more piece of a person without photos. False once the person is gone."""
    if any(piece(user_id) for piece in (standing.settle, _answers, clearing.end_of, _posts, _rows)):
        return True
    _last(user_id)
    return False


def _answers(user_id: uuid.UUID) -> int:
    """Delete other people's replies below a person's comments, and count them no longer."""
    above = comments.alias("above")
    below = (
        select(comments.c.id)
        .join(above, above.c.id == comments.c.parent_id)
        .where(above.c.author_id == user_id, comments.c.author_id != user_id)
        .limit(_ROWS)
    )
    gone = delete(comments).where(comments.c.id.in_(below))
    names = ("post_id", "counted", "deleted_at", "held_for", "moderated")
    rows = db.rows(gone.returning(*(comments.c[name] for name in names)))
    hidden = ("deleted_at", "held_for", "moderated")
    for post_id in {row.post_id for row in rows}:
        known = [row for row in rows if row.counted and all(getattr(row, name) is None for name in hidden)]
        lost = sum(row.post_id == post_id for row in known)
        db.execute(update(posts).where(posts.c.id == post_id).values(comment_count=posts.c.comment_count - lost))
    return len(rows)


def _posts(user_id: uuid.UUID) -> int:
    few = select(posts.c.id).where(posts.c.author_id == user_id).limit(_POSTS)
    gone = db.rows(delete(posts).where(posts.c.id.in_(few)).returning(posts.c.id, posts.c.hashtags))
    outbox.forget([str(row.id) for row in gone])
    words.forget([tag for row in gone for tag in row.hashtags])
    return len(gone)


def _rows(user_id: uuid.UUID) -> int:
    """Delete some rows of any table that goes with the person; those of rooms to come are found by their references."""
    for table in reversed(User.metadata.sorted_tables):
        for key in table.foreign_keys:
            if key.column.table is users and key.ondelete == "CASCADE":
                removed = retention.delete_some(table, key.parent == user_id, limit=_ROWS)
                if removed:
                    return removed
    return 0


def _last(user_id: uuid.UUID) -> None:
    """Delete the person, keep the name from others for a while, and say goodbye."""
    user = queries.row(user_id, lock=True)
    theirs = (guesses.of_known(user.id), f"prove:{user.id}", f"totp:{user.id}")
    guesses.forgive(*guesses.of_person(user.username, user.email), *theirs)
    kept = insert(retired).values(name_hash=queries.name_mark(user.username), until=clock.now() + _NAME_KEPT)
    db.execute(kept.on_conflict_do_update(index_elements=["name_hash"], set_={"until": kept.excluded.until}))
    if user.own_status != "pending":  # who was turned away has had another mail
        mailer.post("account-erased", user.email)
    outbox.forget([str(user.id)])
    db.execute(delete(users).where(users.c.id == user_id))


def sweep() -> int:
    """Give names back that were kept from others long enough. Returns how many."""
    return retention.delete_some(retired, retired.c.until < clock.now())
