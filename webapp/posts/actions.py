"""Writes of posts: create, publish, edit, delete and take back.

A post is processing until all its photos are ready and their copies lie in the public bucket; then it is published,
once, with the next number. Locks are taken in one order everywhere: photos, then the post.
"""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import select, true, update
from werkzeug.datastructures import FileStorage

from webapp.core import clock, db, ids, live, outbox
from webapp.core import text as texts
from webapp.core.errors import Conflict, Invalid, NotFound, Refused
from webapp.media import actions as media_actions
from webapp.media import queries as media_queries
from webapp.media.actions import Arrived
from webapp.models import Media, Post, PostTag, User
from webapp.notifications import actions as notifications
from webapp.policy.screening import Verdict
from webapp.posts import making, people, queries, review, shapes, words
from webapp.posts.schemas import MOST_PHOTOS, NewPost, NewPostForm, PostChange
from webapp.users import queries as user_queries
from webapp.visibility import Viewer, confirmed_first, may

posts = Post.__table__.c
_SWEPT = 20  # deleted posts a call: each may have twenty photos


def create(viewer: Viewer, asked: NewPost) -> shapes.Post:
    """Make a post of uploaded photos. It is published by a job as soon as all of them are ready."""
    confirmed_first(viewer)
    _check_alts(asked.alts, asked.media_ids)
    verdict = review.of_new(viewer, asked)
    photos = media_queries.chosen(viewer, asked.media_ids)
    for photo in photos:
        media_queries.check_free(photo, "post", "media_ids")
    return _create(viewer, [one._replace(alt=asked.alts.get(one.id, one.alt)) for one in photos], asked, verdict)


def _check_alts(alts: Iterable[uuid.UUID], photos: Iterable[uuid.UUID]) -> None:
    if not set(alts) <= set(photos):
        raise Invalid({"alts": ["One of these photos is not part of this post."]})


def take_in(viewer: Viewer, files: Sequence[FileStorage]) -> list[Arrived]:
    """Store the photos of a plain form, for `create_from_files`; no transaction waits for it."""
    confirmed_first(viewer)
    if not 1 <= len(files) <= MOST_PHOTOS:
        said = f"At most {MOST_PHOTOS} photos in a post." if files else "Choose at least one photo."
        raise Invalid({"photo": [said]})
    return media_actions.stow(files)


def create_from_files(viewer: Viewer, asked: NewPostForm, photos: Sequence[Arrived]) -> shapes.Post:
    """Make a post of photos that came with a plain form."""
    verdict = review.of_new(viewer, asked)
    chosen = [media_actions.receive(viewer, photo, purpose="post") for photo in photos]
    chosen[0].alt = asked.alt
    return _create(viewer, chosen, asked, verdict)


def _create(viewer: Viewer, photos: Sequence[Any], asked: NewPost | NewPostForm, verdict: Verdict) -> shapes.Post:
    """Write the post. Its photos are rows or entities, with the words that describe them."""
    post = Post(
        id=ids.new(), author_id=viewer.id, caption=asked.caption, location=asked.location, created_at=clock.now(),
        concealed=verdict.action == "hide",
    )  # fmt: skip
    _link(viewer, post)
    making.write(post, photos)
    if all(photo.status == "ready" for photo in photos):
        _begin(post, photos)
    return queries.unfinished(viewer, [post.id])[0]


def _begin(post: Post, photos: Sequence[Any]) -> None:
    """Go on with a new post whose photos are ready already."""
    reason = review.needed(post, photos)
    written = queries.locked(post.id) if reason else None
    if reason and written is not None:
        _hold(written, media_queries.rows_of_post(post.id), reason)
    else:
        outbox.enqueue("jobs.posts.publish", post.id)


def _link(viewer: Viewer, post: Post) -> None:
    """Find the tags and the people in the caption."""
    post.hashtags = texts.hashtags(post.caption)
    post.mentions = user_queries.named(viewer, texts.mentions(post.caption))


def _write_tags(post: Post) -> None:
    table = PostTag.__table__
    db.execute(sql_delete(table).where(table.c.post_id == post.id))
    making.tag(post)


def advance(media: Media) -> None:
    """Go on with the post of a photo that has just become ready or failed."""
    if media.post_id is not None:
        post = queries.locked(media.post_id)
        if post is not None:
            _advance(post, media_queries.rows_of_post(post.id))


def _advance(post: Post, photos: Sequence[Media]) -> None:
    """Publish a post whose photos are all ready, or hold it; fail it when one has failed and none is on its way."""
    if post.status != "processing" or any(media.status in ("pending", "processing") for media in photos):
        return
    failed = [(number, media) for number, media in enumerate(photos, 1) if media.status == "failed"]
    if failed:
        post.status, post.failure = "failed", _reason(failed, len(photos))
        db.session().flush()
        live.tell("medium", [post.author_id], post=post.id)
    elif reason := review.needed(post, photos):
        _hold(post, photos, reason)
    else:
        outbox.enqueue("jobs.posts.publish", post.id)


def _hold(post: Post, photos: Sequence[Media], reason: review.Reason) -> None:
    """Keep a post from everybody but its author until moderators have looked at it."""
    _take_back(post, photos)
    post.status = "held"
    db.session().flush()
    outbox.enqueue("jobs.moderation.open", "post", post.id, *reason)
    live.tell("medium", [post.author_id], post=post.id)


def _take_back(post: Post, photos: Sequence[Media]) -> None:
    """Unpublish a post: others find neither it nor its photos, nor what told of it."""
    media_actions.conceal([media for media in photos if media.is_public])
    if post.status == "published":
        post.status = "processing"  # of no account while it is locked; the number below counts what is published
        db.session().flush()
        recount(post.author_id, -int(not post.concealed))
        notifications.recall(post.id)


def _reason(failed: list[tuple[int, Media]], total: int) -> str:
    if total == 1:
        return failed[0][1].error or "This photo could not be processed."
    return " ".join(f"Photo {number}: {media.error}" for number, media in failed)


def to_show(post_id: uuid.UUID) -> list[Media]:
    """Return the photos that need copies in the public bucket before the post is published."""
    post = db.session().get(Post, post_id)
    if post is None or post.status != "processing" or not _shows(post):
        return []
    return media_queries.rows_of_post(post_id)


def _shows(post: Post) -> bool:
    """Tell whether anyone may see the photos of a post once it is published."""
    return not post.concealed and user_queries.row(post.author_id).is_open


def publish(post_id: uuid.UUID, copied: Sequence[str]) -> None:
    """Publish a post whose photos have been copied out under the public keys `copied`. Twice is once.

    While they were copied the post may have been deleted, even taken back, and its account may have turned private:
    then the photos have other keys or need none. Copies that nobody uses are withdrawn, missing ones are made first.
    """
    photos = locked_photos(post_id)
    post = queries.locked(post_id)
    if post is None or post.status != "processing":
        media_actions.withdraw(set(copied) - {media.public_key for media in photos if media.is_public})
        return
    user_queries.row(post.author_id, lock=True)
    shown = _shows(post)
    keys = {media.public_key for media in photos}
    media_actions.withdraw(set(copied) - keys)
    if copied and not shown:
        media_actions.conceal(photos)
    if shown and not keys <= set(copied):
        outbox.enqueue("jobs.posts.publish", post_id)
        return
    number = queries.next_number()
    now = clock.now()
    post.status, post.failure = "published", None
    post.published_seq = post.published_seq or number
    post.published_at = post.published_at or now
    for media in photos:
        media.is_public = shown
    db.session().flush()
    tags = PostTag.__table__
    db.execute(update(tags).where(tags.c.post_id == post.id).values(published_seq=post.published_seq))
    words.enter(post.id)
    recount(post.author_id, int(not post.concealed))
    live.tell("medium", [post.author_id], post=post.id)
    if not post.concealed:  # there for its author alone
        live.tell("posts", [], author=post.author_id)
    if post.mentions or people.anybody(post.id):
        _tell(post)


def _tell(post: Post) -> None:
    """Have those told who are named or tagged in a post: once each, however often it changes."""
    outbox.enqueue("jobs.notifications.settle", "mentions", post.author_id, post.id)
    outbox.enqueue("jobs.notifications.settle", "tags", post.author_id, post.id)


def misplaced(author_id: uuid.UUID) -> list[Media]:
    """Return photos of published posts that are public though the account is not open, or the other way round.

    The newest posts first: 500 photos to hide, which is quick, or 20 to show, which copies objects.
    """
    hide = not user_queries.row(author_id).is_open
    statement = (
        select(Media)
        .join(Post.__table__, posts.id == Media.post_id)
        .where(posts.author_id == author_id, posts.status == "published", Media.is_public == hide)
        .where(true() if hide else ~posts.concealed)
        .order_by(posts.published_seq.desc(), Media.position)
        .limit(500 if hide else 20)
    )
    return list(db.session().scalars(statement))


def settle(author_id: uuid.UUID, copied: Sequence[str]) -> int:
    """Hide the photos of an account that is not open now, show those of one that is which were `copied` out.

    Returns how many photos changed; again until none does.
    """
    hide = not user_queries.row(author_id).is_open
    table = Media.__table__.c
    which = table.id.in_([media.id for media in misplaced(author_id)]) if hide else table.public_key.in_(copied)
    statement = select(Media).where(which).order_by(table.post_id, table.position).with_for_update(**db.LOCK)
    photos = list(db.session().scalars(statement.execution_options(populate_existing=True)))
    shown = user_queries.row(author_id, lock=True).is_open
    media_actions.withdraw(set(copied) - {media.public_key for media in photos})
    if shown:
        for media in photos:
            media.is_public = True
        db.session().flush()
    else:
        media_actions.conceal(photos)
    touched = {media.post_id for media in photos}
    db.execute(update(Post).where(posts.id.in_(touched)).values(edited_at=posts.edited_at))  # see `cards`
    return len(photos)


def touch(post_id: uuid.UUID) -> None:
    """Let the cards of a post be drawn anew: something of its photos has changed."""
    db.execute(update(Post).where(posts.id == post_id).values(edited_at=posts.edited_at))  # see `cards`


def locked_photos(post_id: uuid.UUID) -> list[Media]:
    """Return the rows of a post's photos in their order, locked: always before the post itself."""
    table = Media.__table__.c
    statement = select(Media).where(table.post_id == post_id).order_by(table.position).with_for_update(**db.LOCK)
    return list(db.session().scalars(statement.execution_options(populate_existing=True)))


def recount(author_id: uuid.UUID, step: int) -> None:
    """Move the author's counter, and the number of the newest post, by which feeds find the author."""
    users = User.__table__
    values: dict[str, Any] = {
        "post_count": users.c.post_count + step,
        "last_activity_seq": queries.newest_activity(author_id),
    }
    db.execute(update(users).where(users.c.id == author_id).values(values))


def edit(viewer: Viewer, post_id: uuid.UUID, change: PostChange) -> shapes.Post:
    """Change a post's words; what was left out stays."""
    by_id = {media.id: media for media in locked_photos(post_id)}
    post = _mine(viewer, post_id, "edit")
    _check_alts(change.alts, by_id)
    verdict = review.of_change(viewer, post, by_id.values(), change)
    for name in ("caption", "location", "sensitive", "comments_enabled"):
        value = getattr(change, name)
        if value is not None and not (name == "sensitive" and post.sensitive_forced):
            setattr(post, name, value)
    for media_id, alt in change.alts.items():
        by_id[media_id].alt = alt
    tagged = change.tagged is not None and people.tag(viewer, post_id, change.tagged)
    if tagged or any(db.session().is_modified(row) for row in (post, *by_id.values())):
        post.edited_at = clock.now()
    before = post.mentions
    _link(viewer, post)
    db.session().flush()
    _write_tags(post)
    words.enter(post.id)
    if post.status == "published" and (tagged or post.mentions != before):
        _tell(post)
    _follow(post, list(by_id.values()), verdict)
    return queries.get(viewer, post_id)


def _follow(post: Post, photos: Sequence[Media], verdict: Verdict) -> None:
    """Do what a filter says about a post whose words have changed."""
    post.reviewed = post.reviewed and verdict.action is None
    if verdict.action == "hold" and post.status == "published":
        _hold(post, photos, ("filter", verdict.phrase))
    elif verdict.action == "hold":
        _advance(post, photos)
    elif verdict.action == "hide" and not post.concealed:
        media_actions.conceal([media for media in photos if media.is_public])
        post.concealed = True
        db.session().flush()
        if post.status == "published":
            recount(post.author_id, -1)
            notifications.recall(post.id)


def _mine(viewer: Viewer, post_id: uuid.UUID, verb: str) -> Post:
    """Return the row of a post that the viewer sees and may change in this way, locked."""
    if not may(viewer, verb, "post", queries.get(viewer, post_id)):
        raise Refused("Only its author may do this, and only in this state of the post.")
    post = queries.locked(post_id)
    if post is None or post.status == "deleted":
        raise NotFound
    return post


def delete(viewer: Viewer, post_id: uuid.UUID) -> None:
    """Delete a post. It is gone at once, its photos' public addresses within seconds; 30 days to take it back."""
    photos = locked_photos(post_id)
    post = _mine(viewer, post_id, "delete")
    before, post.deleted_from = post.status, post.status
    post.status, post.deleted_at = "deleted", clock.now()
    media_actions.conceal(photos)
    if before == "published":
        recount(post.author_id, -int(not post.concealed))
        notifications.recall(post.id)


def restore(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Take a deletion back. The post returns to its old place as soon as its photos are public again.

    One that moderators hold or took down is so again: to delete and restore it is no way round them.
    """
    photos = locked_photos(post_id)
    post = queries.deleted(viewer, post_id)
    decided = post.deleted_from in ("held", "taken_down")
    post.status, post.deleted_at, post.deleted_from = str(post.deleted_from) if decided else "processing", None, None
    db.session().flush()
    _advance(post, photos)
    return queries.get(viewer, post_id)


def retry(viewer: Viewer, post_id: uuid.UUID, *, without_failed: bool) -> shapes.Post:
    """Go on with a post that failed: process its failed photos again, or leave them out."""
    photos = locked_photos(post_id)
    post = _mine(viewer, post_id, "retry")
    failed = [media for media in photos if media.status == "failed"]
    kept = [media for media in photos if media.status != "failed"]
    if without_failed and not kept:
        raise Conflict("No photo would be left. Delete this post instead.")
    post.status, post.failure = "processing", None
    for media in failed:
        if without_failed:
            media.post_id = None
            media_actions.discard(media)
        else:
            media_actions.reprocess(media)
    db.session().flush()
    _advance(post, kept if without_failed else photos)
    return queries.get(viewer, post_id)


def sweep() -> int:
    """Remove posts that were deleted 30 days ago, with their photos. Returns how many."""
    old = clock.now() - queries.UNDO
    statement = select(posts.id).where(posts.status == "deleted", posts.deleted_at < old).limit(_SWEPT)
    found = [row.id for row in db.rows(statement)]
    for post_id in found:
        remove_for_good(post_id)
    return len(found)


def purge(post_id: uuid.UUID) -> uuid.UUID | None:
    """Erase a post in whatever state, with its photos. Returns whose it was; None if there is none."""
    photos = locked_photos(post_id)
    post = queries.locked(post_id)
    if post is None:
        return None
    author_id = post.author_id
    media_actions.conceal(photos)
    if post.status == "published":
        post.status = "deleted"
        db.session().flush()
        recount(author_id, -int(not post.concealed))
        notifications.recall(post_id)
    remove_for_good(post_id)
    return author_id


def remove_for_good(post_id: uuid.UUID) -> None:
    """Delete a post's row, with its photos and their objects."""
    for media in locked_photos(post_id):
        media_actions.discard(media)
    gone = db.row(sql_delete(Post.__table__).where(posts.id == post_id).returning(posts.hashtags))
    if gone is not None:
        words.forget(gone.hashtags)
