"""What there is of conversations for a viewer. Like `sight`, each function gives a Select to refine.

Who takes part sees what was written since they came, or since they deleted the conversation for themselves. A block
takes the two people's own conversation away from whoever made it; for the other one everything stays as it is, and what
they write is `withheld`. In groups the blocked stay among the others, their words collapsed for the blocker. Of the
shadowbanned nobody else has anything: no conversation of two, no place and no words in groups.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, literal, or_, select, union_all

from webapp.models import Block, Conversation, Message, Participant, Restriction, User
from webapp.visibility.sight import unread_notifications
from webapp.visibility.standing import unshadowed
from webapp.visibility.viewer import Viewer

conversations = Conversation.__table__.c
mine = Participant.__table__.c  # the viewer's own place in a conversation
messages = Message.__table__.c
blocks = Block.__table__.c
limits = Restriction.__table__.c
users = User.__table__.c
them = User.__table__.alias("them")
_MOST = 100  # stands for all that is more


def shunned(viewer: Viewer, *people: ColumnElement[Any]) -> ColumnElement[bool]:
    """Condition on people: the viewer blocked one of them. Whether they blocked the viewer is nobody's business."""
    found = select(blocks.blocked_id).where(blocks.blocker_id == viewer.id, blocks.blocked_id.in_(people))
    return found.correlate_except(Block).exists()


def _there(viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    return (
        mine.user_id == viewer.id,
        mine.left_at.is_(None),
        mine.state != "declined",
        ~shunned(viewer, conversations.low_id, conversations.high_id),
        unshadowed(viewer, conversations.low_id, conversations.high_id),
    )


def visible_conversations(viewer: Viewer) -> Select[Any]:
    """Conversations in which the viewer takes part, or is asked to, joined with the viewer's place in them."""
    joined = select(Conversation).join(Participant.__table__, mine.conversation_id == conversations.id)
    return joined.where(*_there(viewer))


def visible_messages(viewer: Viewer) -> Select[Any]:
    """What was said in visible conversations and is there for the viewer, joined with both."""
    return (
        select(Message)
        .join(Conversation.__table__, conversations.id == messages.conversation_id)
        .join(Participant.__table__, mine.conversation_id == messages.conversation_id)
        .where(*_there(viewer), *_heard(viewer))
    )


def _heard(viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    said = or_(and_(~messages.withheld, unshadowed(viewer, messages.sender_id)), messages.sender_id == viewer.id)
    return messages.seq > mine.after_seq, said


def said_in(viewer: Viewer) -> Select[Any]:
    """What was said in the conversation of a statement that began at `visible_conversations`, as its subquery."""
    here = select(Message).where(messages.conversation_id == mine.conversation_id, *_heard(viewer))
    return here.correlate(Conversation.__table__, Participant.__table__)


def unread(viewer: Viewer, most: int = _MOST) -> ColumnElement[int]:
    """How many messages of a visible conversation the viewer has not read: others', not deleted, nor of the blocked."""
    waiting = said_in(viewer).where(
        messages.seq > mine.read_seq,
        messages.sender_id != viewer.id,
        messages.deleted_at.is_(None),
        ~shunned(viewer, messages.sender_id),
    )
    some = waiting.with_only_columns(literal(1).label("one")).limit(most).subquery("waiting")
    return select(func.count()).select_from(some).scalar_subquery()


def unread_conversations(viewer: Viewer) -> Select[Any]:
    """How many accepted conversations hold something unread, as `total`; a hundred stands for all that is more.

    Those that may are found by an index over the viewer's places; requests count nowhere.
    """
    found = visible_conversations(viewer).where(
        mine.state == "accepted", mine.newest_seq > mine.read_seq, unread(viewer, 1) > 0
    )
    some = found.with_only_columns(mine.conversation_id).limit(_MOST).subquery("unread")
    return select(func.count().label("total")).select_from(some)


def across_a_block(user_id: uuid.UUID, people: Sequence[uuid.UUID]) -> CompoundSelect[Any]:
    """Those of the people, as `id`, between whom and somebody there is a block, whoever made it."""
    mine_of = select(blocks.blocked_id.label("id")).where(blocks.blocker_id == user_id, blocks.blocked_id.in_(people))
    theirs = select(blocks.blocker_id.label("id")).where(blocks.blocked_id == user_id, blocks.blocker_id.in_(people))
    return union_all(mine_of, theirs)


def unaware(user_id: uuid.UUID, people: Sequence[uuid.UUID]) -> CompoundSelect[Any]:
    """Those of the people, as `id`, to whom what somebody does in a conversation is not told: restricted, or blocks.

    What a shadowbanned person does is told to nobody.
    """
    restricted = select(limits.restricted_id.label("id")).where(
        limits.restricter_id == user_id, limits.restricted_id.in_(people)
    )
    shadowed = select(users.id).where(users.id == user_id, users.shadowbanned).exists()
    everybody = select(them.c.id).where(them.c.id.in_(people), shadowed)
    return union_all(restricted, everybody, *across_a_block(user_id, people).selects)


def unread_numbers(viewer: Viewer) -> Select[Any]:
    """The numbers on the viewer's frame: `notifications` and `conversations` with something unread."""
    return select(
        unread_notifications(viewer).scalar_subquery().label("notifications"),
        unread_conversations(viewer).scalar_subquery().label("conversations"),
    )


def faced(viewer: Viewer, person: ColumnElement[Any]) -> ColumnElement[bool]:
    """Condition on a person in a conversation: the portrait is shown. Names stay, whatever happened since.

    In a conversation of two nothing tells apart who hid the account and who blocked the viewer.
    """
    walled = select(blocks.blocked_id).where(blocks.blocker_id == person, blocks.blocked_id == viewer.id)
    return or_(conversations.kind == "group", ~walled.correlate_except(Block).exists())
