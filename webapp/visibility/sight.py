"""What there is for a viewer. Each function gives a Select to refine: columns, order, limits, never wider sight."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, false, func, literal_column, or_, select, true

from webapp.models import (
    Block,
    CloseFriend,
    Comment,
    Follow,
    Highlight,
    HighlightStory,
    Media,
    Mute,
    Notice,
    Notification,
    NotificationEvent,
    Post,
    Story,
    User,
)
from webapp.visibility.standing import ACTIVE, OVERSEEN, PUBLISHED, STANDING, present, stands, word
from webapp.visibility.viewer import Viewer

UNFINISHED = ("processing", "failed", "held", "taken_down")  # states of a post in which its author alone has it
users = User.__table__.c
posts = Post.__table__.c
comments = Comment.__table__.c
follows = Follow.__table__.c
media = Media.__table__.c
blocks = Block.__table__.c
mutes = Mute.__table__.c
notes = Notification.__table__.c
events = NotificationEvent.__table__.c
notices = Notice.__table__.c
stories = Story.__table__.c
friends = CloseFriend.__table__.c
kept = HighlightStory.__table__.c
highlights = Highlight.__table__.c


def _block(blocker: Any, blocked: Any) -> ColumnElement[bool]:
    """Whether one of these two people blocked the other."""
    found = select(blocks.blocked_id).where(blocks.blocker_id == blocker, blocks.blocked_id == blocked)
    return found.correlate(User.__table__, Comment.__table__).exists()


def _apart(viewer: Viewer, user_id: ColumnElement[uuid.UUID]) -> ColumnElement[bool]:
    """Whether viewer and person exist for each other: no block, whoever made it."""
    if viewer.is_visitor:
        return true()
    return and_(~_block(viewer.id, user_id), ~_block(user_id, viewer.id))


def visible_users(viewer: Viewer) -> Select[Any]:
    """Everybody who exists for the viewer: in lists, in searches."""
    return select(User).where(_exists(viewer), _apart(viewer, users.id))


def _exists(viewer: Viewer) -> ColumnElement[bool]:
    return STANDING if viewer.is_visitor else or_(STANDING, users.id == viewer.id)


def approachable_users(viewer: Viewer) -> Select[Any]:
    """Everybody whose header the viewer may open by name, including people they blocked, unless these blocked them too.

    For moderators also those whom they suspended or shadowbanned, or have to let in.
    """
    if viewer.is_visitor:
        return select(User).where(STANDING)
    return select(User).where(_known(viewer), ~blocked_by(viewer))


def answerable_users(viewer: Viewer) -> Select[Any]:
    """The same, and those who blocked whom it blocked: to report them or take it back, by what `blocked_by` leaves."""
    return select(User).where(_known(viewer), or_(_block(viewer.id, users.id), ~blocked_by(viewer)))


def _known(viewer: Viewer) -> ColumnElement[bool]:
    return or_(_exists(viewer), OVERSEEN) if viewer.is_at_least("moderator") else _exists(viewer)


def blocked_by(viewer: Viewer) -> ColumnElement[bool]:
    """Whether a person blocked the viewer."""
    return _block(users.id, viewer.id)


def accounts() -> Select[Any]:
    """Every account that has a way back, seen by nobody: for a sign-in, which has to find whom it is about."""
    return select(User).where(users.status != word("erasing"))


def visible_authors(viewer: Viewer) -> ColumnElement[bool]:
    """Condition on `users`: the viewer may see what this person posts."""
    if viewer.is_visitor:
        return and_(STANDING, ~users.is_private)
    return and_(
        stands(viewer), or_(~users.is_private, users.id == viewer.id, _follows_them(viewer)), _apart(viewer, users.id)
    )


def _follows_them(viewer: Viewer) -> ColumnElement[bool]:
    found = select(follows.followee_id).where(follows.follower_id == viewer.id, follows.followee_id == users.id)
    return found.correlate(User.__table__).exists()


def silent(until: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Condition on a mute: it is not over. The database's clock decides."""
    return or_(until.is_(None), until > func.now())


def unmuted(viewer: Viewer, user_id: ColumnElement[uuid.UUID] = users.id) -> ColumnElement[bool]:
    """Condition on a person: the viewer has not muted them. For feeds and notifications, never for a page itself."""
    if viewer.is_visitor:
        return true()
    found = select(mutes.muted_id).where(mutes.muter_id == viewer.id, mutes.muted_id == user_id, silent(mutes.until))
    return ~found.correlate_except(Mute.__table__).exists()


def in_sight(viewer: Viewer, author_id: uuid.UUID) -> Select[Any]:
    """One person, if the viewer may see what they post."""
    return select(User).where(users.id == author_id, visible_authors(viewer))


def visible_posts(viewer: Viewer) -> Select[Any]:
    """Published posts of people whose posts the viewer may see, joined with their authors."""
    return (
        select(Post)
        .join(User.__table__, users.id == posts.author_id)
        .where(posts.status == PUBLISHED, _unconcealed(viewer), visible_authors(viewer))
    )


def _unconcealed(viewer: Viewer) -> ColumnElement[bool]:
    return ~posts.concealed if viewer.is_visitor else or_(~posts.concealed, posts.author_id == viewer.id)


def overseen_posts(viewer: Viewer) -> Select[Any]:
    """What a post's author, or moderators, find in states in which others don't; joined with its author."""
    found = select(Post).join(User.__table__, users.id == posts.author_id)
    mine = and_(posts.author_id == viewer.id, posts.status.in_([word(one) for one in UNFINISHED]))
    if not viewer.is_at_least("moderator"):
        return found.where(mine)
    decided = posts.status.in_([word("held"), word("taken_down")])
    # a private account's posts are read in cases alone, as far as somebody reported them
    unseen = and_(posts.status == PUBLISHED, or_(posts.concealed, OVERSEEN), ~users.is_private)
    return found.where(or_(mine, and_(or_(decided, unseen), or_(ACTIVE, OVERSEEN))))


def own_posts(viewer: Viewer, *statuses: str) -> Select[Any]:
    """The viewer's own posts in these states, joined with their author. A visitor, who has no id of a row, has none."""
    return (
        select(Post)
        .join(User.__table__, users.id == posts.author_id)
        .where(posts.author_id == viewer.id, posts.status.in_([word(status) for status in statuses]))
    )


def visible_comments(viewer: Viewer) -> Select[Any]:
    """Comments that have not been deleted, on posts that the viewer may see."""
    seen = visible_posts(viewer).with_only_columns(posts.id).where(posts.id == comments.post_id)
    return comments_below(viewer).where(seen.correlate(Comment.__table__).exists())


def comments_below(viewer: Viewer) -> Select[Any]:
    """Comments that have not been deleted, for a statement that has found their post by `visible_posts` already.

    One that is held back is there for its author and for whom it waits, one that is moderated for its author.
    """
    approved = and_(comments.moderated.is_(None), or_(comments.held_for.is_(None), comments.held_for == viewer.id))
    approved = or_(approved, comments.author_id == viewer.id)
    there = and_(_apart(viewer, comments.author_id), present(viewer, comments.author_id))
    return select(Comment).where(comments.deleted_at.is_(None), approved, there)


def own_held(viewer: Viewer, **within: ColumnElement[uuid.UUID]) -> ColumnElement[int]:
    """How many comments of the viewer's are in no number below a post or a comment (`post_id`, `parent_id`).

    They count for their author: a number that leaves them out would tell that somebody is restricted, or shadowbanned.
    """
    if viewer.is_visitor:
        return literal_column("0", Integer)
    held = Comment.__table__.alias("held")
    uncounted = or_(held.c.held_for.is_not(None), held.c.moderated.is_not(None), ~held.c.counted)
    mine = and_(held.c.author_id == viewer.id, uncounted, held.c.deleted_at.is_(None))
    there = (held.c[name] == column for name, column in within.items())
    return select(func.count()).where(mine, *there).correlate_except(held).scalar_subquery()


def own_one(row: Any) -> ColumnElement[int]:
    """How many there are more for the viewer, by whose own row (of an outer join) one is: 1 if no number knows it."""
    return case((~row.counted, 1), else_=0)


def own_numbers(viewer: Viewer) -> tuple[ColumnElement[int], ...]:
    """How many posts, followers and followed there are more for a person than the counters of their row know.

    Of others the viewer gets 0. To oneself concealed posts count, and a shadowban takes nobody away.
    """
    if viewer.is_visitor:
        zero = literal_column("0", Integer)
        return tuple(zero.label(name) for name in ("own_posts", "own_followers", "own_followed"))
    concealed = select(func.count()).where(posts.author_id == users.id, posts.status == PUBLISHED, posts.concealed)
    numbers = (
        concealed.correlate(User.__table__),
        _uncounted(follows.followee_id, follows.follower_id),
        _uncounted(follows.follower_id, follows.followee_id),
    )
    mine = users.id == viewer.id
    names = ("own_posts", "own_followers", "own_followed")
    return tuple(
        case((mine, number.scalar_subquery()), else_=0).label(name) for name, number in zip(names, numbers, strict=True)
    )


def _uncounted(mine: ColumnElement[Any], theirs: ColumnElement[Any]) -> Select[Any]:
    other = User.__table__.alias("other")
    well = and_(other.c.status == word("active"), ~other.c.shadowbanned)
    found = select(func.count()).select_from(Follow.__table__.join(other, other.c.id == theirs))
    return found.where(mine == users.id, ~follows.counted, well).correlate(User.__table__)


def own_comments(viewer: Viewer) -> Select[Any]:
    """Comments that the viewer has deleted and may still take back."""
    return select(Comment).where(comments.deleted_by == viewer.id, comments.deleted_at.is_not(None))


def _shown_stories(viewer: Viewer) -> Select[Any]:
    """Stories that are for the viewer, over or not, joined with their authors.

    They are for those who follow, or, as far as they may see the author at all, for the author's close friends alone.
    """
    if viewer.is_visitor:
        return select(Story).join(User.__table__, users.id == stories.author_id).where(false())
    chosen = select(friends.friend_id).where(friends.owner_id == users.id, friends.friend_id == viewer.id)
    chosen_ones = and_(
        stories.audience == word("close_friends"),
        chosen.correlate(User.__table__).exists(),
        or_(~users.is_private, _follows_them(viewer)),
    )
    followers = and_(stories.audience == word("followers"), _follows_them(viewer))
    return (
        select(Story)
        .join(User.__table__, users.id == stories.author_id)
        .where(
            stories.status == PUBLISHED,
            stories.deleted_at.is_(None),
            or_(stories.moderated.is_(None), stories.author_id == viewer.id),
            stands(viewer),
            or_(stories.author_id == viewer.id, followers, chosen_ones),
            _apart(viewer, users.id),
        )
    )


# By the database's clock, when it is asked: what is over is gone, whether or not it was removed yet.
_RUNNING = stories.expires_at > func.now()


def is_kept() -> ColumnElement[bool]:
    """Condition on a story: its author keeps it in a highlight, where it is not over after a day."""
    found = select(kept.story_id).where(kept.story_id == stories.id)
    return found.correlate(Story.__table__).exists()


def visible_stories(viewer: Viewer) -> Select[Any]:
    """Stories of the last day that are for the viewer, joined with their authors."""
    return _shown_stories(viewer).where(_RUNNING)


def reachable_stories(viewer: Viewer) -> Select[Any]:
    """The same, and those that are kept in a highlight: what may be opened by its address."""
    return _shown_stories(viewer).where(or_(_RUNNING, is_kept()))


def kept_stories(viewer: Viewer) -> Select[Any]:
    """Stories in highlights, over or not, as far as they are for the viewer; joined with their places there."""
    return _shown_stories(viewer).join(HighlightStory.__table__, kept.story_id == stories.id)


def visible_highlights(viewer: Viewer) -> Select[Any]:
    """Highlights in which something is for the viewer, joined with their owners; one's own even when empty."""
    some = kept_stories(viewer).with_only_columns(kept.story_id).where(kept.highlight_id == highlights.id)
    return (
        select(Highlight)
        .join(User.__table__, users.id == highlights.owner_id)
        .where(
            stands(viewer),
            _apart(viewer, users.id),
            or_(highlights.owner_id == viewer.id, some.correlate(Highlight.__table__).exists()),
        )
    )


def own_stories(viewer: Viewer, *statuses: str) -> Select[Any]:
    """The viewer's own stories in these states, deleted ones too, joined with their author."""
    return (
        select(Story)
        .join(User.__table__, users.id == stories.author_id)
        .where(stories.author_id == viewer.id, stories.status.in_([word(status) for status in statuses]))
    )


def own_media(viewer: Viewer) -> Select[Any]:
    """The viewer's own photos, used or not."""
    return select(Media).where(media.owner_id == viewer.id)


def _there(found: Select[Any], within: Any) -> ColumnElement[bool]:
    """Whether this one row is there. A scalar: of an EXISTS beside an OR PostgreSQL may hash every row of the table."""
    return found.with_only_columns(true()).correlate(within).scalar_subquery()


def visible_events(viewer: Viewer) -> Select[Any]:
    """What the viewer is told: causes that stand, of people and comments that they see. Joined with the people."""
    said = comments_below(viewer).where(comments.id == events.comment_id)
    return (
        select(NotificationEvent)
        .join(User.__table__, users.id == events.actor_id)
        .where(
            events.recipient_id == viewer.id,
            ~events.withdrawn,
            STANDING,
            _apart(viewer, users.id),
            unmuted(viewer),
            or_(events.comment_id.is_(None), _there(said, NotificationEvent.__table__)),
        )
    )


def visible_notifications(viewer: Viewer) -> Select[Any]:
    """The viewer's notifications of which something is left to see: somebody who did it, and what it is about."""
    here = Notification.__table__
    post = visible_posts(viewer).where(posts.id == notes.post_id)
    talk = comments_below(viewer).where(comments.id == notes.comment_id)
    cause = visible_events(viewer).with_only_columns(events.actor_id).where(events.notification_id == notes.id)
    own_word = and_(notes.type == word("notice"), _told(notes.id))  # the site's: nobody did it, nothing hides it
    return select(Notification).where(
        notes.recipient_id == viewer.id,
        or_(notes.post_id.is_(None), _there(post, here)),
        or_(notes.comment_id.is_(None), _there(talk, here)),
        or_(own_word, cause.correlate(here).exists()),
    )


def _told(notification_id: ColumnElement[uuid.UUID]) -> ColumnElement[bool]:
    said = select(notices.id).where(notices.notification_id == notification_id)
    return said.correlate(Notification.__table__).exists()


def unread_notifications(viewer: Viewer) -> Select[Any]:
    """How many notifications the viewer has not read, as `total`; a hundred stands for all that is more."""
    seen = visible_notifications(viewer).with_only_columns(notes.id).where(notes.read_at.is_(None)).limit(100)
    return select(func.count().label("total")).select_from(seen.subquery("unread"))
