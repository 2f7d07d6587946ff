"""Whether a post waits for moderators before others see it: for its words, its photos, or as a new author's first."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Uuid, bindparam, or_, select

from webapp.core import clock, db, options
from webapp.models import Case, Media, Post, User
from webapp.policy import hashes, screening
from webapp.policy.screening import Verdict
from webapp.posts.schemas import NewPost, NewPostForm, PostChange
from webapp.visibility import Viewer

cases = Case.__table__.c
posts = Post.__table__.c
users = User.__table__.c
Reason = tuple[str, str]  # the source of a case, and its detail
_STAFF = ("moderator", "admin")


def of_new(viewer: Viewer, asked: NewPost | NewPostForm) -> Verdict:
    """Screen the words of a post that is about to be made. Invalid if a filter refuses them."""
    alts = asked.alts.values() if isinstance(asked, NewPost) else [asked.alt]
    return screening.review(viewer, caption=asked.caption, location=asked.location, alts="\n".join(alts))


def of_change(viewer: Viewer, post: Post, photos: Iterable[Media], change: PostChange) -> Verdict:
    """Screen those words of a post that are about to be others. Invalid if a filter refuses them."""
    before = {media.id: media.alt for media in photos}
    fresh = [alt for media_id, alt in change.alts.items() if alt != before.get(media_id)]
    caption = change.caption if change.caption != post.caption else None
    location = change.location if change.location != post.location else None
    return screening.review(viewer, caption=caption, location=location, alts="\n".join(fresh))


def needed(post: Post, photos: Iterable[Media]) -> Reason | None:
    """Say why a post that is ready has to be looked at first, or None. What moderators let pass is not asked again."""
    if post.reviewed:
        return None
    asked = db.soon(_author(), {"user_id": post.author_id})
    waiting = db.row(_waiting(), {"post_id": post.id})
    if waiting is not None:
        return waiting.source, waiting.detail
    photos = list(photos)
    known = hashes.match(*(media.looks for media in photos))
    if known is not None:
        hashes.hit(known.id)
        return "hash", known.note
    author = asked.row
    if author.role in _STAFF:
        return None
    found = screening.screen(post.caption, post.location, *(media.alt for media in photos))
    if found.action == "hold":
        return "filter", found.phrase
    return ("new_account", "") if _is_first_of_new(author) else None


@db.prepared
def _waiting() -> Any:
    """Select the open case because of which a post was held."""
    own = or_(*(cases.source == source for source in ("filter", "hash", "new_account")))
    this = cases.target_type == "post", cases.target_id == bindparam("post_id", type_=Uuid)
    return select(cases.source, cases.detail).where(*this, cases.closed_at.is_(None), own)


@db.prepared
def _author() -> Any:
    return select(users.id, users.role, users.created_at).where(users.id == bindparam("user_id", type_=Uuid))


def _is_first_of_new(author: Any) -> bool:
    now = options.now()
    age = clock.now() - author.created_at
    if not now.new_account_hold or age >= timedelta(days=now.new_account_days):
        return False
    shown = select(posts.id).where(posts.author_id == author.id, posts.published_seq.is_not(None))
    return db.row(shown.limit(1)) is None
