"""What moderators do to posts: the row, its photos and its counters. Who may, and who is told, others decide.

Photos are locked before their post. A post that comes back goes the way of one that is published: its photos first.
"""

import uuid

from webapp.core import clock, db, outbox
from webapp.media import actions as media_actions
from webapp.models import Media, Post
from webapp.notifications import actions as notifications
from webapp.posts import actions, queries


def take_down(post_id: uuid.UUID) -> str | None:
    """Take a post from everybody but its author. Returns its state before, None if there is no such post."""
    return _withdraw(post_id, "taken_down")


def hold(post_id: uuid.UUID) -> str | None:
    """Hold a post for review. Returns its state before, None if there is no such post."""
    return _withdraw(post_id, "held")


def _withdraw(post_id: uuid.UUID, status: str) -> str | None:
    photos = actions.locked_photos(post_id)
    post = queries.locked(post_id)
    if post is None:
        return None
    before = post.status
    if before == status:
        return before
    post.status, post.reviewed = status, False
    if before != "deleted":
        post.deleted_at = None
    media_actions.conceal([photo for photo in photos if photo.is_public])
    db.session().flush()
    if before == "published":
        actions.recount(post.author_id, -int(not post.concealed))
        notifications.recall(post.id)
    return before


def put_back(post_id: uuid.UUID, to: str = "published") -> None:
    """Bring a post back into the state that it had before it was taken down; once restored, if it is deleted."""
    photos = actions.locked_photos(post_id)
    post = queries.locked(post_id)
    if post is not None and post.status == "deleted" and post.deleted_from in ("taken_down", "held"):
        post.deleted_from = to
        db.session().flush()
    elif post is not None and post.status in ("taken_down", "held"):
        post.reviewed = to == "published"
        _return(post, photos, to)


def _return(post: Post, photos: list[Media], to: str) -> None:
    """Lead a post on. One that was failed or on its way is looked at anew: its photos say what it is."""
    post.status = to if to in ("held", "taken_down", "deleted") else "processing"
    if post.status == "deleted":
        post.deleted_at = post.deleted_at or clock.now()  # or its days would never be over
    db.session().flush()
    if post.status == "processing" and photos:
        actions.advance(photos[0])


def approve(post_id: uuid.UUID) -> str | None:
    """Let everybody see a post that was held or concealed. Returns its state before, None if it was neither."""
    photos = actions.locked_photos(post_id)
    post = queries.locked(post_id)
    if post is None or not (post.status == "held" or post.concealed):
        return None
    before = "held" if post.status == "held" else "concealed"
    post.reviewed = True
    _conceal(post, False)
    if before == "held":
        _return(post, photos, "published")
    return before


def conceal(post_id: uuid.UUID) -> None:
    """Let nobody but its author see a post, who is not told."""
    photos = actions.locked_photos(post_id)
    post = queries.locked(post_id)
    if post is not None:
        media_actions.conceal([photo for photo in photos if photo.is_public])
        _conceal(post, True)


def _conceal(post: Post, on: bool) -> None:
    if post.concealed == on:
        return
    post.concealed = on
    db.session().flush()
    if post.status == "published":
        actions.recount(post.author_id, -1 if on else 1)
        if not on:
            outbox.enqueue("jobs.users.settle", post.author_id)  # its photos come out


def mark_sensitive(post_id: uuid.UUID, on: bool, *, otherwise: bool = False) -> bool | None:
    """Cover a post's photos until asked, whatever its author says; off, it is as `otherwise`. Returns how it was."""
    post = queries.locked(post_id)
    if post is None:
        return None
    before = post.sensitive
    post.sensitive_forced, post.sensitive = on, on or otherwise
    db.session().flush()
    return before
