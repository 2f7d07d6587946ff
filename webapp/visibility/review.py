"""What moderators may read, hidden from others or not. Each function gives a Select, empty for anybody else.

Of private messages only those that a recipient reported, and a few around each, as that person read them.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, lateral, literal_column, or_, select, true, union_all

from webapp.models import Case, Comment, Message, Participant, Post, Report, Story, User
from webapp.visibility.viewer import Viewer

users = User.__table__.c
posts = Post.__table__.c
comments = Comment.__table__.c
stories = Story.__table__.c
messages = Message.__table__.c
cases = Case.__table__.c
reports = Report.__table__.c
places = Participant.__table__.c
_AROUND = 3  # messages before and after one that was reported


def _staff(viewer: Viewer) -> ColumnElement[bool]:
    return true() if viewer.is_at_least("moderator") else false()


def review_accounts(viewer: Viewer) -> Select[Any]:
    """Every account, including those being erased."""
    return select(User).where(_staff(viewer))


def review_users(viewer: Viewer) -> Select[Any]:
    """Everybody with an account that is not about to vanish."""
    return review_accounts(viewer).where(users.status != literal_column("'erasing'"))


def review_posts(viewer: Viewer) -> Select[Any]:
    """Posts in every state, joined with their authors."""
    return select(Post).join(User.__table__, users.id == posts.author_id).where(_staff(viewer))


def review_comments(viewer: Viewer) -> Select[Any]:
    """Comments in every state, joined with their authors."""
    return select(Comment).join(User.__table__, users.id == comments.author_id).where(_staff(viewer))


def review_stories(viewer: Viewer) -> Select[Any]:
    """Stories in every state as long as they are kept, joined with their authors."""
    return select(Story).join(User.__table__, users.id == stories.author_id).where(_staff(viewer))


def review_messages(viewer: Viewer) -> Select[Any]:
    """Messages that somebody reported, joined with their senders."""
    reported = select(cases.id).where(cases.target_type == literal_column("'message'"), cases.target_id == messages.id)
    return (
        select(Message)
        .join(User.__table__, users.id == messages.sender_id)
        .where(_staff(viewer), reported.correlate(Message.__table__).exists())
    )


def review_around(viewer: Viewer, message_id: Any) -> Select[Any]:
    """A reported message and a few before and after it in its conversation, joined with their senders, in order."""
    about = Message.__table__.alias("about")
    before = _neighbour(about, messages.seq <= about.c.seq).order_by(messages.seq.desc()).limit(_AROUND + 1)
    after = _neighbour(about, messages.seq > about.c.seq).order_by(messages.seq).limit(_AROUND)
    reported = review_messages(viewer).with_only_columns(messages.id).where(messages.id == message_id)
    near = [
        select(part.c.id).select_from(about).join(part, true()).where(about.c.id == message_id)
        for part in (lateral(before.correlate(about), "before"), lateral(after.correlate(about), "after"))
    ]
    return (
        select(Message)
        .join(User.__table__, users.id == messages.sender_id)
        .where(reported.correlate(None).exists(), messages.id.in_(union_all(*near)))
        .order_by(messages.seq)
    )


def _neighbour(about: Any, where: ColumnElement[bool]) -> Select[Any]:
    # Only its sender has read a withheld message, and none of the reporters what was said before they joined: neither
    # is part of what was reported.
    came = select(func.min(places.joined_at)).join(Report.__table__, reports.reporter_id == places.user_id)
    came = came.join(Case.__table__, cases.id == reports.case_id)
    came = came.where(cases.target_type == literal_column("'message'"), cases.target_id == about.c.id)
    came = came.where(places.conversation_id == about.c.conversation_id).correlate(about)
    heard = and_(~messages.withheld, messages.created_at >= came.scalar_subquery())
    heard = or_(heard, messages.id == about.c.id)
    return select(messages.id).where(and_(messages.conversation_id == about.c.conversation_id, where, heard))


def review_cases(viewer: Viewer) -> Select[Any]:
    """All cases but those about the moderator who asks, who must not learn who reported them."""
    return select(Case).where(_staff(viewer), cases.user_id != viewer.id)
