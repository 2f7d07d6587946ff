"""What nobody sees any more goes: messages that all have deleted, conversations that all have left, their photos."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, exists, or_, select

from webapp.core import db, outbox
from webapp.media import actions as media_actions
from webapp.media import queries as media_queries
from webapp.messages import delivery
from webapp.models import Conversation, Message, Participant

conversations = Conversation.__table__
places = Participant.__table__
messages = Message.__table__
_AT_ONCE = 500


def settle(conversation_id: uuid.UUID) -> int:
    """Delete some of what nobody in a conversation sees any more. Returns how much; again until nothing is left."""
    present = [place for place in delivery.around(conversation_id).values() if place.state != "declined"]
    if not present:
        return _end([conversation_id])
    upto = min(place.after_seq for place in present)
    return _delete(messages.c.conversation_id == conversation_id, messages.c.seq <= upto)


def _delete(*which: ColumnElement[bool]) -> int:
    """Delete some messages with their photos. Returns how many."""
    found = db.rows(select(messages.c.id, messages.c.media_id).where(*which).limit(_AT_ONCE))
    # In one order, so that nobody waits crosswise.
    for media_id in sorted(row.media_id for row in found if row.media_id):
        photo = media_queries.locked(media_id)
        if photo is not None:
            media_actions.discard(photo)
    db.execute(delete(messages).where(messages.c.id.in_([row.id for row in found])))
    return len(found)


def _end(talks: Sequence[uuid.UUID]) -> int:
    """Delete a piece of these conversations: what was said first, then themselves. Returns how much."""
    said = _delete(messages.c.conversation_id.in_(talks))
    if said:
        return said
    gone = delete(conversations).where(conversations.c.id.in_(talks))
    return len(db.rows(gone.returning(conversations.c.id)))


def end_of(user_id: uuid.UUID) -> int:
    """Delete a piece of the conversations of two that go with an account. Returns how much; again until none is left.

    What the other one said goes, too, and so do their photos; those of the account itself are gone before.
    """
    two = or_(conversations.c.low_id == user_id, conversations.c.high_id == user_id)
    found = [row.id for row in db.rows(select(conversations.c.id).where(two).limit(20))]
    return _end(found) if found else 0


def sweep() -> int:
    """Have conversations deleted in which nobody is left. Returns how many."""
    there = (places.c.conversation_id == conversations.c.id, places.c.left_at.is_(None), places.c.state != "declined")
    empty = ~exists().where(*there).correlate(conversations)
    found = db.rows(select(conversations.c.id).where(empty).limit(_AT_ONCE))
    for row in found:
        outbox.enqueue("jobs.messages.settle", row.id)
    return len(found)
